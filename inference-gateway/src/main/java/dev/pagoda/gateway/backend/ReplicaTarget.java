package dev.pagoda.gateway.backend;

import dev.pagoda.registry.api.ServingSpec;

/// How many replicas a deployment should have: as its scaling says, between the bounds of its specification, and none
/// that nobody needs once it is retired.
///
/// Belongs to the deployments' context.
final class ReplicaTarget {
    private final LiveScaling scaling;
    private final boolean hasReaders;
    private ServingSpec serving;

    /// @param hasReaders whether some replicas only read prompts
    ReplicaTarget(LiveScaling scaling, boolean hasReaders, ServingSpec serving) {
        this.scaling = scaling;
        this.hasReaders = hasReaders;
        this.serving = serving;
    }

    /// Other bounds from now on.
    void follow(ServingSpec next) {
        serving = next;
    }

    /// Those that make tokens.
    int makers(boolean isRetired, int inFlight) {
        int needed = inFlight > 0 ? 1 : 0;
        if (isRetired) {
            return needed;
        }
        int asked = scaling.decided().orElse(0);
        return Math.clamp(Math.max(asked, needed), serving.minReplicas(), serving.maxReplicas());
    }

    /// Those that only read: as many as are specified, for as long as somebody could go on from them.
    int readers(boolean isRetired, int inFlight) {
        if (!hasReaders) {
            return 0;
        }
        int specified = Math.max(1, serving.prefillReplicas());
        return isRetired ? Math.min(1, inFlight) : makers(false, inFlight) == 0 ? 0 : specified;
    }
}
