package dev.pagoda.gateway.model;

/// What an engine's host loop adds to each step beside the devices' work. It belongs to the engine and its version,
/// not to the device.
///
/// @param stepMicros     for each step
/// @param sequenceMicros for each sequence of it
public record HostTime(double stepMicros, double sequenceMicros) {
    /// vLLM since 0.14, which plans a step while the last one runs, so that little is left. Fitted on a request log of
    /// vLLM 0.19, after unequal contexts were accounted for.
    public static final HostTime VLLM = new HostTime(100, 0);

    /// vLLM before 0.14 or without `async_scheduling`: the devices wait while outputs are taken and the next step is
    /// planned and launched. An estimate.
    public static final HostTime VLLM_SYNCHRONOUS = new HostTime(600, 3);

    /// SGLang with its overlapped scheduler. An estimate.
    public static final HostTime SGLANG = new HostTime(100, 0);

    /// TensorRT-LLM, whose loop is C++ with overlap. An estimate.
    public static final HostTime TENSORRT_LLM = new HostTime(60, 0);

    /// PyTorch without graphs, which launches every kernel from the host. An estimate.
    public static final HostTime PYTORCH = new HostTime(5_000, 10);

    /// ONNX Runtime's generation loop. An estimate.
    public static final HostTime ONNX_RUNTIME = new HostTime(1_500, 5);

    public HostTime {
        if (!(stepMicros >= 0) || !(sequenceMicros >= 0)) {
            throw new IllegalArgumentException(
                    "host times " + stepMicros + " and " + sequenceMicros + " us must not be below 0");
        }
    }

    public double micros(int sequences) {
        return stepMicros + sequenceMicros * sequences;
    }
}
