package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.engine.Admission;
import dev.pagoda.gateway.limit.AdmissionQueue;
import dev.pagoda.gateway.route.Choice;
import dev.pagoda.governance.bus.Refusal;
import java.util.List;
import java.util.Optional;

/// The way of those who wait to the replicas of a deployment that have room.
///
/// Belongs to the deployments' context.
final class JobDispatch {
    /// What becomes of those whom no replica serves.
    interface Owner {
        /// Ends a job.
        void fail(ChatJob job, Refusal why);

        /// Ends a job that a replica's engine refused.
        void refuse(ChatJob job, Admission.Why why, SimulatedReplica replica);
    }

    /// Replicas that may refuse a request before its client hears of it.
    private static final int MOST_REFUSALS = 4;

    private final AdmissionQueue<ChatJob> queue;
    private final JobRouting routing;
    private final ReplicaKinds kinds;
    private final Optional<PrefillStage> prefill;
    private final Owner owner;
    private boolean isPumping;

    /// @param routing finds the replicas that requests come to
    JobDispatch(
            AdmissionQueue<ChatJob> queue,
            JobRouting routing,
            ReplicaKinds kinds,
            Optional<PrefillStage> prefill,
            Owner owner) {
        this.queue = queue;
        this.routing = routing;
        this.kinds = kinds;
        this.prefill = prefill;
        this.owner = owner;
    }

    /// Sends those who wait to replicas that have room, in the queue's order.
    ///
    /// @return false when it is at that already
    boolean pump() {
        if (isPumping) {
            return false;
        }
        isPumping = true;
        try {
            prefill.ifPresent(PrefillStage::pump);
            boolean moved = true;
            while (moved) {
                moved = queue.peek().map(this::dispatch).orElse(false);
            }
        } finally {
            isPumping = false;
        }
        return true;
    }

    private boolean dispatch(ChatJob job) {
        ReplicaSet first = kinds.first();
        List<SimulatedReplica> takers =
                first.takers(prefill.isPresent() ? 1 : job.open().size());
        takers.removeIf(taker -> job.refusedBy.contains(taker.id()));
        if (takers.isEmpty()) {
            if (job.refusedBy.size() < MOST_REFUSALS && (job.refusedBy.isEmpty() || first.starting() > 0)) {
                return false;
            }
            queue.poll();
            owner.fail(job, ChatRefusals.untaken());
            return true;
        }
        Choice choice = routing.pick(takers, job);
        SimulatedReplica taker = takers.get(choice.index());
        Replica replica = first.find(taker).orElseThrow();
        if (replica.fault == Replica.Fault.REFUSE) {
            routing.refused(job, choice, replica);
            return true; // the next turn finds it still waiting
        }
        queue.poll();
        routing.sent(job, choice, replica);
        (prefill.isPresent() ? taker.read(job) : taker.accept(job)).ifPresent(why -> {
            routing.abandoned(job, first, taker);
            owner.refuse(job, why, taker);
        });
        return true;
    }

    /// Takes a job from whoever has it.
    void drop(ChatJob job) {
        SimulatedReplica replica = job.replica;
        if (replica != null) {
            (kinds.reads(replica) ? routing : later()).abandoned(job, kinds.of(replica), replica);
            replica.drop(job);
        } else {
            queue.remove(job);
        }
    }

    /// Ends those for whose answers nobody waits any more.
    void expire() {
        for (ChatJob job : List.copyOf(queue.waiting())) {
            if (job.session.call().isExpired()) {
                drop(job);
                owner.fail(job, ChatRefusals.lateInQueue());
            }
        }
        for (ReplicaSet set : kinds.all()) {
            for (SimulatedReplica replica : set.placed()) {
                for (ChatJob job : replica.expired()) {
                    drop(job);
                    owner.fail(job, ChatRefusals.lateAtWork());
                }
            }
        }
    }

    /// Finds the replicas that make tokens.
    JobRouting later() {
        return prefill.map(PrefillStage::routing).orElse(routing);
    }
}
