package dev.pagoda.gateway.model;

/// How many tokens of keys and values a replica's devices hold beside the weights.
public final class KvCapacity {
    /// Tokens of one block, as in vLLM.
    public static final int BLOCK_TOKENS = 16;

    /// Share of the memory that an engine takes, vLLM's default.
    public static final double MEMORY_SHARE = .9;

    /// The runtime's own context on a device: driver, graphs, communication buffers.
    private static final double CONTEXT_BYTES = 1.2 * (1L << 30);

    private KvCapacity() {}

    /// Whole blocks beside the weights and the largest activations; 0 when the model does not fit.
    ///
    /// @param stepTokens most tokens of one engine step, which sizes the activations
    /// @return at most [Integer#MAX_VALUE] blocks
    public static int blocks(Architecture model, Device device, int devices, int stepTokens) {
        return blocks(model, device, Parallelism.tensor(devices), stepTokens, MEMORY_SHARE);
    }

    /// Whole blocks of one data-parallel rank beside the weights and the largest activations; 0 when the model does
    /// not fit.
    ///
    /// @param memoryShare share of the memory that the engine takes
    /// @return at most [Integer#MAX_VALUE] blocks
    public static int blocks(
            Architecture model, Device device, Parallelism parallel, int stepTokens, double memoryShare) {
        int devices = parallel.tensor();
        double free = device.memoryBytes() * memoryShare
                - weightBytes(model, parallel)
                - activationBytes(model, devices, stepTokens)
                - CONTEXT_BYTES;
        if (free <= 0) {
            return 0;
        }
        double kvHeads = Math.max(1, (double) model.kvHeads() / devices);
        int layers = Math.ceilDiv(model.layers(), parallel.pipeline());
        double bytesPerToken = 2.0 * layers * kvHeads * model.headSize() * model.bytesPerKv();
        return (int) Math.min(Integer.MAX_VALUE, Math.floor(free / bytesPerToken / BLOCK_TOKENS));
    }

    /// Memory that each of `devices` devices must have so that a sequence of the model's whole context fits.
    public static long bytesPerDevice(Architecture model, int devices, int stepTokens) {
        double kvHeads = Math.max(1, (double) model.kvHeads() / devices);
        double context = 2.0
                * model.layers()
                * kvHeads
                * model.headSize()
                * model.bytesPerKv()
                * (model.contextTokens() + BLOCK_TOKENS);
        double needed =
                model.weightBytes() / devices + activationBytes(model, devices, stepTokens) + CONTEXT_BYTES + context;
        return (long) Math.ceil(needed / MEMORY_SHARE);
    }

    /// Bytes of weights on each device.
    public static double weightBytes(Architecture model, Parallelism parallel) {
        if (!model.isMixture()) {
            return model.weightBytes() / parallel.tensor() / parallel.pipeline();
        }
        Architecture.Experts experts = model.experts();
        double mixture = 3.0
                * model.layers()
                * experts.count()
                * model.hidden()
                * experts.feedForward()
                * model.bytesPerWeight();
        double all = (model.weightBytes() - mixture) / parallel.tensor()
                + mixture / Math.max(parallel.tensor(), parallel.experts());
        return all / parallel.pipeline();
    }

    private static double activationBytes(Architecture model, int devices, int stepTokens) {
        double widest = Math.max(2.0 * model.feedForward() / devices, model.vocabulary());
        return 2 * 2.0 * stepTokens * widest;
    }
}
