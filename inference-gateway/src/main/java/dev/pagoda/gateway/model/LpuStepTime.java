package dev.pagoda.gateway.model;

import java.util.List;

/// An [LpuPipeline] as an engine drives it: a step is the time in which one token passes through all layers. In it as
/// many tokens enter as there are layers, of prompts and of sequences that go on alike, so that an engine whose
/// steps have that many tokens is the pipeline, and every step takes the same time. Safe from any thread.
public final class LpuStepTime implements StepModel {
    /// The only one of its class in the catalogue.
    private static final String DEVICE = "groq-lpu";

    private static final HostTime NO_HOST = new HostTime(0, 0, 0);

    private final Architecture model;
    private final Parallelism parallel;
    private final double tokenMicros;

    /// @param devices chips of the pipeline
    /// @throws IllegalArgumentException if they do not hold the weights
    public LpuStepTime(Architecture model, int devices) {
        int needed = chips(model);
        if (devices < needed) {
            throw new IllegalArgumentException(
                    "the weights need " + needed + " chips of " + DEVICE + ", there are " + devices);
        }
        this.model = model;
        this.parallel = Parallelism.tensor(devices);
        this.tokenMicros = new LpuPipeline(model).tokenNanos() / 1e3;
    }

    /// Whether a device is one of a deterministic pipeline.
    public static boolean isLpu(String device) {
        return device.equals(DEVICE);
    }

    /// Chips that hold a model's weights.
    public static int chips(Architecture model) {
        return new LpuPipeline(model).chips();
    }

    /// Tokens of one step, and sequences that are under way at once.
    public static int places(Architecture model) {
        return model.layers();
    }

    /// Blocks of keys and values: a whole context for each place, so that nobody waits for memory.
    public static int kvBlocks(Architecture model, int contextTokens) {
        long blocks = (long) places(model) * (Math.ceilDiv(contextTokens, KvCapacity.BLOCK_TOKENS) + 1);
        return (int) Math.min(Integer.MAX_VALUE, blocks);
    }

    @Override
    public double deviceMicros(StepShape step) {
        return tokenMicros;
    }

    @Override
    public HostTime host() {
        return NO_HOST;
    }

    @Override
    public Confidence confidence() {
        return Confidence.ESTIMATED;
    }

    @Override
    public int layers() {
        return model.layers();
    }

    @Override
    public Parallelism parallel() {
        return parallel;
    }

    @Override
    public double layersMicros(List<StepShape> ranks) {
        return tokenMicros;
    }

    @Override
    public double endsMicros(StepShape step) {
        return 0;
    }

    @Override
    public double handOverMicros(int tokens) {
        return 0;
    }
}
