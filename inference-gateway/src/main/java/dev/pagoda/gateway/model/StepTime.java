package dev.pagoda.gateway.model;

/// How long one step of an engine takes: a smoothed roofline over its matrix products, plus attention,
/// element-wise work, joining of tensor-parallel parts, sampling and the host's own time.
///
/// Safe from any thread; a call costs well under a microsecond.
public final class StepTime {
    /// Time of vLLM's host loop per step and per sequence, fitted on a request log of vLLM 0.19.
    private static final double HOST_MICROS = 600;

    private static final double HOST_MICROS_PER_SEQUENCE = 3;

    /// Weights of prefill and decode attention when one step has both (fitted).
    private static final double MIXED_PREFILL = .81;

    private static final double MIXED_DECODE = 1.33;

    /// Two norms, rotary embedding and activation of a layer, launched from a graph; an estimate.
    private static final double ELEMENTWISE_MICROS = 6;

    private static final double SAMPLER_MICROS = 20;

    private final Architecture model;
    private final Device device;
    private final int devices;
    private final Coefficients fit;

    /// @param devices tensor parallelism: every layer is split evenly over this many devices
    public StepTime(Architecture model, Device device, int devices) {
        if (devices < 1) {
            throw new IllegalArgumentException("devices " + devices + " is below 1");
        }
        this.model = model;
        this.device = device;
        this.devices = devices;
        this.fit = Coefficients.of(device);
    }

    /// Whether the coefficients were fitted on this device or are its class's medians.
    public Confidence confidence() {
        return fit.confidence();
    }

    public double micros(StepShape step) {
        double layer = products(step.tokens()) + attention(step) + elementwise(step.tokens()) + 2 * join(step.tokens());
        return model.layers() * layer
                + head(step.sequences())
                + HOST_MICROS
                + HOST_MICROS_PER_SEQUENCE * step.sequences();
    }

    public long nanos(StepShape step) {
        return Math.round(micros(step) * 1e3);
    }

    private double products(int tokens) {
        double queryKeyValue = (model.heads() + 2.0 * model.kvHeads()) * model.headSize() / devices;
        double attentionOut = (double) model.heads() * model.headSize() / devices;
        double inner = (double) model.feedForward() / devices;
        return product(tokens, model.hidden(), queryKeyValue)
                + product(tokens, attentionOut, model.hidden())
                + product(tokens, model.hidden(), 2 * inner)
                + product(tokens, inner, model.hidden());
    }

    /// The 6-norm of compute time and memory time: their maximum, rounded off where they meet.
    private double product(double rows, double inner, double columns) {
        double compute = 2 * rows * inner * columns / (device.flops() * fit.compute()) * 1e6;
        double bytes = model.bytesPerWeight() * inner * columns + 2 * rows * (inner + columns);
        double memory = bytes / (device.memoryBytesPerSecond() * fit.memory()) * 1e6;
        double greater = Math.max(compute, memory);
        double ratio = Math.min(compute, memory) / greater;
        double squared = ratio * ratio;
        return fit.gemmMicros() + greater * Math.cbrt(Math.sqrt(1 + squared * squared * squared));
    }

    private double attention(StepShape step) {
        double heads = (double) model.heads() / devices;
        double kvHeads = Math.max(1, (double) model.kvHeads() / devices);
        double kvBytes = 2 * kvHeads * model.headSize() * model.bytesPerKv();
        double prefill = 0;
        if (step.hasPrefill()) {
            double compute = 4 * heads * model.headSize() * step.prefillPairs() / (device.flops() * fit.attention());
            double memory = kvBytes * step.prefillContext() / (device.memoryBytesPerSecond() * fit.memory());
            prefill = fit.decodeMicros() + (compute + memory) * 1e6;
        }
        if (step.decodes() == 0) {
            return prefill;
        }
        double decode = fit.decodeMicros()
                + fit.perSequenceMicros() * step.decodes()
                + kvBytes * step.decodeContext() * fit.kvTraffic() / device.memoryBytesPerSecond() * 1e6;
        return step.hasPrefill() ? MIXED_PREFILL * prefill + MIXED_DECODE * decode : decode;
    }

    /// Traffic of the element-wise kernels: about eight passes over the residual stream, three over the inner width.
    private double elementwise(int tokens) {
        double bytes = 2.0 * tokens * (8.0 * model.hidden() + 3.0 * model.feedForward() / devices);
        return ELEMENTWISE_MICROS + bytes / (device.memoryBytesPerSecond() * fit.memory()) * 1e6;
    }

    private double join(int tokens) {
        return fit.allReduce().micros(2.0 * tokens * model.hidden(), devices);
    }

    private double head(int sequences) {
        double logits = product(sequences, model.hidden(), (double) model.vocabulary() / devices);
        double bytes = 4.0 * 4 * sequences * model.vocabulary();
        return logits + SAMPLER_MICROS + bytes / (device.memoryBytesPerSecond() * fit.memory()) * 1e6;
    }
}
