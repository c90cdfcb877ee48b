package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.ReplicaConfig;
import dev.pagoda.gateway.route.Choice;
import dev.pagoda.gateway.route.Routing;
import dev.pagoda.gateway.route.RoutingOptions;
import dev.pagoda.gateway.route.RoutingPolicy;
import java.util.List;

/// How the requests of a deployment find a replica, and what its policy and the replicas' breakers learn from them.
///
/// Belongs to the deployments' context.
final class JobRouting {
    private final ReplicaConfig config;
    private final EngineClock clock;
    private Routing routing;
    private RoutingPolicy policy;

    JobRouting(ReplicaConfig config, EngineClock clock) {
        this.config = config;
        this.clock = clock;
        this.routing = usual(config);
        this.policy = fresh();
    }

    /// The policy of deployments that name none.
    static Routing usual(ReplicaConfig config) {
        return Routing.named(config.routing());
    }

    /// Another policy from now on, which has seen nothing yet.
    void follow(Routing next) {
        if (next != routing) {
            routing = next;
            policy = fresh();
        }
    }

    private RoutingPolicy fresh() {
        return routing.router(new RoutingOptions(
                RoutingOptions.DEFAULT.blockTokens(), RoutingOptions.DEFAULT.indexBlocks(), config.ttftMillis()));
    }

    String label() {
        return routing.label();
    }

    /// Which of the takers, at least one, a job goes to; [#sent] or [#refused] must follow.
    Choice pick(List<SimulatedReplica> takers, ChatJob job) {
        return policy.pick(takers, job.routing());
    }

    /// The replica takes the job; [#answered] or [#abandoned] must follow.
    void sent(ChatJob job, Choice choice, Replica replica) {
        replica.breaker.sent(clock.nanos());
        job.routed = choice;
        job.routedNanos = clock.nanos();
        job.refusedBy.clear();
    }

    /// The replica does not take the job.
    void refused(ChatJob job, Choice choice, Replica replica) {
        replica.breaker.sent(clock.nanos());
        replica.breaker.failed(clock.nanos());
        policy.abandoned(choice);
        job.refusedBy.add(replica.number);
    }

    /// A job has its first token; told again, it does nothing.
    void answered(ChatJob job, ReplicaSet replicas, SimulatedReplica engine) {
        if (job.routed != null) {
            policy.firstToken(job.routed, Math.max(0, clock.nanos() - job.routedNanos));
            job.routed = null;
            replicas.find(engine).ifPresent(replica -> replica.breaker.succeeded(clock.nanos()));
        }
    }

    /// A job goes for reasons of its own; after its first token it does nothing.
    void abandoned(ChatJob job, ReplicaSet replicas, SimulatedReplica engine) {
        if (job.routed != null) {
            policy.abandoned(job.routed);
            job.routed = null;
            replicas.find(engine).ifPresent(replica -> replica.breaker.withdrawn());
        }
    }

    /// A replica is gone, and left these jobs.
    void gone(long replica, List<ChatJob> left) {
        for (ChatJob job : left) {
            if (job.routed != null) {
                policy.abandoned(job.routed);
                job.routed = null;
            }
        }
        policy.removed(replica);
    }
}
