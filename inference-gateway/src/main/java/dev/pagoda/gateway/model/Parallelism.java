package dev.pagoda.gateway.model;

/// How an engine splits a model over devices.
///
/// @param tensor  devices that share every layer
/// @param data    ranks with sequences of their own, each of `tensor` devices
/// @param experts ranks over which the experts of a mixture are spread; 1, or all devices of the engine
public record Parallelism(int tensor, int data, int experts) {
    public static final Parallelism NONE = new Parallelism(1, 1, 1);

    public Parallelism {
        if (tensor < 1 || data < 1 || experts < 1) {
            throw new IllegalArgumentException("parallelism of tensor " + tensor + ", data " + data + " and experts "
                    + experts + " must all be above 0");
        }
        if (experts != 1 && experts != tensor * data) {
            throw new IllegalArgumentException("expert parallelism " + experts + " must be 1 or tensor * data = "
                    + tensor * data + ", as vLLM spreads experts over all ranks");
        }
    }

    public static Parallelism tensor(int devices) {
        return new Parallelism(devices, 1, 1);
    }

    public int devices() {
        return tensor * data;
    }
}
