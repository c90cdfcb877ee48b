package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.backend.ChatJob.Turn;
import dev.pagoda.gateway.backend.SimulatedReplica.Blueprint;
import dev.pagoda.gateway.backend.SimulatedReplica.Surroundings;
import dev.pagoda.gateway.engine.BlockStay;
import dev.pagoda.gateway.engine.EngineEvents;
import dev.pagoda.gateway.engine.Sequence;
import dev.pagoda.gateway.metrics.EngineMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Carries what a replica's engine does over to the turns of its jobs, to its metrics and its owner.
///
/// Text is collected over an engine's turn, and leaves with [#sendFresh]. Belongs to the deployments' context.
final class TurnEvents implements EngineEvents<Turn> {
    private final SimulatedReplica replica;
    private final Blueprint blueprint;
    private final EngineMetrics metrics;
    private final Surroundings around;
    private final Set<ChatJob> jobs;
    /// Turns with text that is not sent yet.
    private final List<Turn> fresh = new ArrayList<>();

    private final List<ChatJob> trapped = new ArrayList<>();
    private long aliveNanos;

    /// @param jobs of the replica; those that are done are taken out
    TurnEvents(
            SimulatedReplica replica,
            Blueprint blueprint,
            EngineMetrics metrics,
            Surroundings around,
            Set<ChatJob> jobs) {
        this.replica = replica;
        this.blueprint = blueprint;
        this.metrics = metrics;
        this.around = around;
        this.jobs = jobs;
        this.aliveNanos = around.clock().nanos();
    }

    /// The engine has nothing to do.
    void idle(long nowNanos) {
        aliveNanos = nowNanos;
    }

    /// When the engine last had nothing to do or ended a step.
    long aliveNanos() {
        return aliveNanos;
    }

    @Override
    public void scheduled(Sequence<Turn> sequence, long atNanos) {
        Turn turn = sequence.owner();
        ChatJob job = turn.job;
        if (turn.scheduledNanos < 0) {
            turn.scheduledNanos = atNanos;
            turn.cachedTokens = Math.min(sequence.cached(), job.promptTokens());
        }
        if (!job.wasScheduled) {
            job.wasScheduled = true;
            metrics.queued(Math.max(0, atNanos - around.clock().of(job.session.arrivedNanos())));
            job.countMedia(around.media(), metrics);
            var news = new ChatStarted(
                    blueprint.model(), blueprint.version(), job.promptTokens(), turn.cachedTokens, replica.name());
            around.outbox().send(job.session, () -> job.session.started(news, metrics));
        }
    }

    @Override
    public void token(Sequence<Turn> sequence, int index, long atNanos) {
        Turn turn = sequence.owner();
        if (turn.job.isReading) {
            return; // the replica that goes on makes it again
        }
        if (turn.lastTokenNanos >= 0) {
            metrics.nextToken(atNanos - turn.lastTokenNanos);
            around.owner().onNextToken(atNanos - turn.lastTokenNanos);
        } else {
            turn.firstTokenNanos = atNanos;
            around.owner().onFirstToken(replica, turn.job, atNanos);
        }
        turn.lastTokenNanos = atNanos;
        if (turn.job.isCut()) {
            return; // made in the turn that cut it
        }
        if (turn.job.springsTrap()) {
            trapped.add(turn.job);
        }
        if (turn.advance() && !turn.isFresh) {
            turn.isFresh = true;
            turn.freshSinceNanos = atNanos;
            fresh.add(turn);
        }
    }

    @Override
    public void finished(Sequence<Turn> sequence, long atNanos) {
        Turn turn = sequence.owner();
        ChatJob job = turn.job;
        if (job.isReading) {
            turn.sequence = null;
            jobs.remove(job);
            job.replica = null;
            job.isReading = false;
            around.owner().onDone(replica, job, atNanos);
            return;
        }
        if (job.isCut()) {
            turn.sequence = null;
            return;
        }
        turn.send(around.outbox(), metrics, around.clock());
        turn.sendFinish(around.outbox());
        turn.isDone = true;
        turn.sequence = null;
        turn.preemptions += sequence.preemptions();
        metrics.served(turn.served());
        if (job.isDone()) {
            job.isOver = true;
            jobs.remove(job);
            job.replica = null;
            around.owner().onDone(replica, job, atNanos);
        }
    }

    @Override
    public void stepped(int tokens, long atNanos) {
        aliveNanos = atNanos;
        metrics.stepped(tokens);
    }

    @Override
    public void evicted(BlockStay stay, long atNanos) {
        metrics.evicted(stay);
    }

    /// Sends the text that has been made since it was last called.
    void sendFresh() {
        for (Turn turn : fresh) {
            turn.isFresh = false;
            turn.send(around.outbox(), metrics, around.clock());
        }
        fresh.clear();
    }

    /// Tells the owner of jobs that have come to where something befalls them.
    void springTraps() {
        if (!trapped.isEmpty()) {
            var sprung = List.copyOf(trapped);
            trapped.clear();
            sprung.forEach(job -> around.owner().onTrapped(replica, job));
        }
    }
}
