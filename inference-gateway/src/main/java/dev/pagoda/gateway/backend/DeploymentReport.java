package dev.pagoda.gateway.backend;

import static dev.pagoda.gateway.api.GatewayStatus.ReplicaState.DRAINING;
import static dev.pagoda.gateway.api.GatewayStatus.ReplicaState.READY;

import dev.pagoda.gateway.api.GatewayStatus;
import dev.pagoda.gateway.api.GatewayStatus.DeploymentStatus;
import dev.pagoda.registry.api.ModelVersion;

/// What a deployment tells of itself, and the counts of what it has served.
///
/// Belongs to the deployments' context.
final class DeploymentReport {
    private final ReplicaKinds kinds;
    private final JobRouting routing;
    private final LiveScaling scaling;
    private long requests;
    private long promptTokens;
    private long completionTokens;

    DeploymentReport(ReplicaKinds kinds, JobRouting routing, LiveScaling scaling) {
        this.kinds = kinds;
        this.routing = routing;
        this.scaling = scaling;
    }

    /// A request has ended.
    void count(int prompt, int completion) {
        requests++;
        promptTokens += prompt;
        completionTokens += completion;
    }

    /// @param wanted  replicas of all kinds that there should be
    /// @param waiting requests that no replica has in hand
    /// @param misfit  told where replicas have no trouble
    DeploymentStatus status(ModelVersion version, int wanted, int waiting, String misfit) {
        return new DeploymentStatus(
                version.model(),
                Integer.toString(version.version()),
                GatewayStatus.Backend.SIMULATED,
                kinds.starting(),
                kinds.count(READY),
                kinds.count(DRAINING),
                wanted,
                kinds.sum(SimulatedReplica::running),
                waiting + kinds.sum(SimulatedReplica::waiting),
                requests,
                promptTokens,
                completionTokens,
                kinds.sum(replica -> replica.placed().devices().size()),
                kinds.kvUsage(),
                kinds.trouble().isEmpty() ? misfit : kinds.trouble(),
                routing.label(),
                scaling.label(),
                kinds.made().cold(),
                kinds.made().hot(),
                kinds.crashes(),
                kinds.status());
    }
}
