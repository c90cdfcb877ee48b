package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.engine.Sequence;
import dev.pagoda.gateway.metrics.EngineMetrics;
import dev.pagoda.governance.bus.Refusal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The engines' end of a chat: its choices, how far each has come, and which replica works on them.
///
/// Belongs to the deployments' context. Sends news to the [ChatSession] through the [Outbox].
final class ChatJob {
    /// One choice. Survives its replica: what was made stays made, and another replica goes on from there.
    static final class Turn {
        final ChatJob job;
        final int choice;
        private final Script script;
        private final Script.Reader reader;
        private final DeltaWriter deltas;

        @Nullable
        Sequence<Turn> sequence;

        boolean isDone;
        /// Has text that is not sent yet.
        boolean isFresh;
        /// When its last token was made, -1 before the first.
        long lastTokenNanos = -1;

        Turn(ChatJob job, int choice, Script script) {
            this.job = job;
            this.choice = choice;
            this.script = script;
            this.reader = script.reader();
            this.deltas =
                    new DeltaWriter(reader, job.session.request().sampling().topLogprobs());
        }

        /// Tokens that an engine still has to make; a script without text takes one step all the same.
        int remaining() {
            return Math.max(1, script.tokens() - reader.position());
        }

        int position() {
            return reader.position();
        }

        /// Takes the next token in.
        ///
        /// @return whether there is news to send
        boolean advance() {
            if (reader.atEnd()) {
                return false;
            }
            return deltas.advance();
        }

        void send(Outbox outbox, EngineMetrics metrics) {
            ChatSession session = job.session;
            for (ChatDelta delta : deltas.take()) {
                outbox.send(session, () -> session.delta(choice, delta, metrics));
            }
        }

        void sendFinish(Outbox outbox) {
            FinishReason reason = script.finish();
            ChatSession session = job.session;
            outbox.send(session, () -> session.finished(choice, reason));
        }
    }

    final ChatSession session;
    private List<Turn> turns = List.of();
    private int promptTokens;
    /// Is planned, and waits or runs.
    boolean isEntered;

    boolean wasScheduled;
    /// Ended, cancelled or failed: nothing more is done for it.
    boolean isOver;

    @Nullable
    SimulatedReplica replica;

    ChatJob(ChatSession session) {
        this.session = session;
    }

    void planned(ChatPlan plan) {
        promptTokens = plan.promptTokens();
        var planned = new ArrayList<Turn>(plan.scripts().size());
        for (int choice = 0; choice < plan.scripts().size(); choice++) {
            planned.add(new Turn(this, choice, plan.scripts().get(choice)));
        }
        turns = planned;
    }

    int promptTokens() {
        return promptTokens;
    }

    /// Choices that are not finished.
    List<Turn> open() {
        return turns.stream().filter(turn -> !turn.isDone).toList();
    }

    boolean isDone() {
        return turns.stream().allMatch(turn -> turn.isDone);
    }

    void fail(Outbox outbox, Refusal refusal) {
        if (!isOver) {
            isOver = true;
            outbox.send(session, () -> session.failed(refusal));
        }
    }
}
