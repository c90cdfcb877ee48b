package dev.pagoda.gateway.scale;

/// Always so many.
///
/// @param replicas at least 0
public record FixedScaler(int replicas) implements Autoscaler {
    public FixedScaler {
        if (replicas < 0) {
            throw new IllegalArgumentException("replicas " + replicas + " is below 0");
        }
    }

    @Override
    public int wanted(Reading reading) {
        return replicas;
    }
}
