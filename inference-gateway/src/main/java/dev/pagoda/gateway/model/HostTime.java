package dev.pagoda.gateway.model;

/// What an engine's host loop adds to each step beside the devices' work. It belongs to the engine and its version,
/// not to the device.
///
/// @param stepMicros     for each step
/// @param sequenceMicros for each sequence of it
/// @param layerMicros    that the host needs to launch one layer's kernels, while the devices work on those before: a
///                       step takes no less than this for all layers. 0 where a graph launches them at once
public record HostTime(double stepMicros, double sequenceMicros, double layerMicros) {
    /// vLLM since 0.14, which plans a step while the last one runs, so that less is left. Fitted on a request
    /// log of vLLM 0.19 with Llama-3.1-8B on an RTX PRO 6000: 430 us make its time for each token right with
    /// the shares of unequal contexts that were measured there, 140 us with those known from other profiles;
    /// the middle is taken.
    public static final HostTime VLLM = new HostTime(300, 0, 0);

    /// vLLM before 0.14 or without `async_scheduling`: the devices wait while outputs are taken and the next step is
    /// planned and launched. An estimate.
    public static final HostTime VLLM_SYNCHRONOUS = new HostTime(600, 3, 0);

    /// SGLang, whose scheduler overlaps as vLLM's does. An estimate.
    public static final HostTime SGLANG = new HostTime(300, 0, 0);

    /// TensorRT-LLM, whose loop is C++ with overlap. An estimate.
    public static final HostTime TENSORRT_LLM = new HostTime(60, 0, 0);

    /// An engine of 2023 in PyTorch without graphs, which launches every kernel from Python. Fitted on the eight-way
    /// rows with prompts of 512 tokens in Splitwise's measurements of Llama-2-70B.
    public static final HostTime EAGER = new HostTime(600, 230, 545);

    /// ONNX Runtime's generation loop. An estimate.
    public static final HostTime ONNX_RUNTIME = new HostTime(1_500, 5, 0);

    public HostTime {
        if (!(stepMicros >= 0) || !(sequenceMicros >= 0) || !(layerMicros >= 0)) {
            throw new IllegalArgumentException("host times " + stepMicros + ", " + sequenceMicros + " and "
                    + layerMicros + " us must not be below 0");
        }
    }

    /// How long a step takes with the host's part.
    ///
    /// @param deviceMicros the devices' part
    public double stepMicros(double deviceMicros, int layers, int sequences) {
        return Math.max(deviceMicros, layerMicros * layers) + stepMicros + sequenceMicros * sequences;
    }
}
