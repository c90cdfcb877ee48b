package dev.pagoda.gateway.model;

/// How an engine splits a model over devices.
///
/// @param tensor  devices that share every layer
/// @param data    ranks with sequences of their own, each of `tensor` devices
/// @param experts  ranks over which the experts of a mixture are spread; 1, or tensor * data
/// @param pipeline stages of each rank, of `tensor` devices each, with an even share of the layers
public record Parallelism(int tensor, int data, int experts, int pipeline) {
    public static final Parallelism NONE = new Parallelism(1, 1, 1);

    public Parallelism {
        if (tensor < 1 || data < 1 || experts < 1 || pipeline < 1) {
            throw new IllegalArgumentException("parallelism of tensor " + tensor + ", data " + data + ", experts "
                    + experts + " and pipeline " + pipeline + " must all be above 0");
        }
        if (experts != 1 && experts != tensor * data) {
            throw new IllegalArgumentException("expert parallelism " + experts + " must be 1 or tensor * data = "
                    + tensor * data + ", as vLLM spreads experts over all ranks");
        }
    }

    /// One stage.
    public Parallelism(int tensor, int data, int experts) {
        this(tensor, data, experts, 1);
    }

    public static Parallelism tensor(int devices) {
        return new Parallelism(devices, 1, 1);
    }

    public Parallelism withPipeline(int stages) {
        return new Parallelism(tensor, data, experts, stages);
    }

    public int devices() {
        return tensor * data * pipeline;
    }
}
