package dev.pagoda.gateway.limit;

import java.util.Objects;

/// Whose request waits, and how it stands among others.
///
/// @param tenant   the enterprise that it belongs to
/// @param weight   its share beside the others, at least 1
/// @param priority among the requests of its tenant: lower is sooner
/// @param cost     what it takes, in tokens, at least 1
public record Flow(String tenant, int weight, int priority, long cost) {
    /// Of nobody in particular.
    public static final Flow COMMON = new Flow("", 1, 0, 1);

    public Flow {
        Objects.requireNonNull(tenant, "tenant");
        if (weight < 1 || cost < 1) {
            throw new IllegalArgumentException("weight " + weight + " or cost " + cost + " is below 1");
        }
    }
}
