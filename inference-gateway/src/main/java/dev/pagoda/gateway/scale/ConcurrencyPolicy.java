package dev.pagoda.gateway.scale;

/// How a deployment scales on its requests in flight.
///
/// @param target       requests in flight that one replica should have, waiting ones included
/// @param stableNanos  window whose average decides how far to scale down
/// @param burstNanos   shorter window whose average decides how far to scale up
/// @param minReplicas  at least 0
/// @param maxReplicas  at least 1 and `minReplicas`
public record ConcurrencyPolicy(double target, long stableNanos, long burstNanos, int minReplicas, int maxReplicas) {
    public ConcurrencyPolicy {
        if (!(target > 0)) {
            throw new IllegalArgumentException("target " + target + " is not above 0");
        }
        if (burstNanos < 1 || stableNanos < burstNanos) {
            throw new IllegalArgumentException(
                    "windows of " + stableNanos + " ns and " + burstNanos + " ns are not stable >= burst >= 1 ns");
        }
        if (minReplicas < 0 || maxReplicas < Math.max(1, minReplicas)) {
            throw new IllegalArgumentException("replicas from " + minReplicas + " to " + maxReplicas + " are no range");
        }
    }
}
