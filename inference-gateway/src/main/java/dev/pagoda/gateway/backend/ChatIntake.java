package dev.pagoda.gateway.backend;

import static dev.pagoda.gateway.api.GatewayStatus.ReplicaState.READY;

import dev.pagoda.gateway.limit.AdmissionQueue;
import dev.pagoda.gateway.metrics.EngineMetrics;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.registry.api.ModelVersion;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/// Takes chats on for a deployment as far as its queue has places, and counts those in flight: planned, waiting or at
/// work.
///
/// Belongs to the deployments' context.
final class ChatIntake {
    private final DeploymentSurroundings around;
    private final AdmissionQueue<ChatJob> queue;
    private final ReplicaKinds kinds;
    private final Supplier<EngineMetrics> metrics;
    private final BiConsumer<ChatJob, Refusal> fail;
    private final JobFlows flows;
    private int inFlight;
    /// What the metrics know to wait.
    private int queuedTold;

    /// @param metrics those of the model's first engine
    /// @param fail    ends a job that waits; [#left] is told of it
    ChatIntake(
            DeploymentSurroundings around,
            AdmissionQueue<ChatJob> queue,
            ReplicaKinds kinds,
            Supplier<EngineMetrics> metrics,
            BiConsumer<ChatJob, Refusal> fail) {
        this.around = around;
        this.queue = queue;
        this.kinds = kinds;
        this.metrics = metrics;
        this.fail = fail;
        this.flows = new JobFlows(around.weights());
    }

    int inFlight() {
        return inFlight;
    }

    /// Keeps a place for a chat; [#enter] or [#forfeit] must follow.
    ///
    /// @throws Refused if too many wait and none of them is due less, or there is no replica and none in sight
    void reserve(ChatSession session, ModelVersion version) {
        for (ReplicaSet set : kinds.all()) {
            if (set.count(READY) == 0 && set.starting() == 0 && !set.trouble().isEmpty()) {
                throw ChatRefusals.noReplica(version, set.trouble()).asException();
            }
            if (set.allBroken()) {
                throw ChatRefusals.failing(version).asException();
            }
        }
        int elsewhere = kinds.sum(SimulatedReplica::waiting);
        if (!queue.reserve(elsewhere) && !(shed(session, version) && queue.reserve(elsewhere))) {
            metrics.get().rejected();
            throw ChatRefusals.full(
                            version,
                            queue.size(),
                            around.config().maxQueued(),
                            queue.retryAfterSeconds(elsewhere, realNow()))
                    .asException();
        }
        inFlight++;
    }

    /// Refuses somebody who waits and is due less than a newcomer.
    private boolean shed(ChatSession newcomer, ModelVersion version) {
        Optional<ChatJob> victim = queue.shed(flows.of(newcomer, 0));
        victim.ifPresent(job -> {
            metrics.get().rejected();
            fail.accept(job, ChatRefusals.shed(version, queue.retryAfterSeconds(0, realNow())));
        });
        return victim.isPresent();
    }

    /// A chat for which a place was kept waits from now on.
    void enter(ChatJob job) {
        job.isEntered = true;
        queue.enter(job, flows.of(job.session, job.promptTokens()));
    }

    /// A chat for which a place was kept will not come.
    void forfeit() {
        queue.forfeit();
        inFlight--;
    }

    /// A chat that waited or was at work has ended.
    void left() {
        inFlight--;
        queue.departed(realNow());
    }

    /// Tells the metrics how many wait.
    void tellQueued() {
        int waiting = queue.size();
        metrics.get().queuedForAny(waiting - queuedTold);
        queuedTold = waiting;
    }

    private long realNow() {
        return around.clock().real().getAsLong();
    }
}
