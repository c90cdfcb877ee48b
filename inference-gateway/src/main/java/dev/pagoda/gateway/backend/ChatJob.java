package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.engine.Prompt;
import dev.pagoda.gateway.engine.Sequence;
import dev.pagoda.gateway.engine.Submission;
import dev.pagoda.gateway.metrics.EngineMetrics;
import dev.pagoda.gateway.metrics.FinishedRequest;
import dev.pagoda.gateway.route.Choice;
import dev.pagoda.gateway.route.RouteRequest;
import dev.pagoda.governance.bus.Refusal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
        /// When the first token of that text was made.
        long freshSinceNanos;
        /// When it was first taken up, and its first token was made; -1 before.
        long scheduledNanos = -1;

        long firstTokenNanos = -1;
        /// When its last token was made, -1 before the first.
        long lastTokenNanos = -1;

        int cachedTokens;
        int preemptions;

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

        void send(Outbox outbox, EngineMetrics metrics, EngineClock clock) {
            ChatSession session = job.session;
            for (ChatDelta delta : deltas.take()) {
                DeltaEvent.tell(this, delta, clock, freshSinceNanos, lastTokenNanos);
                outbox.send(session, () -> session.delta(choice, delta, metrics));
            }
        }

        /// What the metrics tell of it at its end.
        FinishedRequest served() {
            int made = Math.max(1, position());
            int asked = job.session.request().limits().maxTokens().orElse(made);
            return new FinishedRequest(
                    job.promptTokens(),
                    cachedTokens,
                    made,
                    asked,
                    job.session.request().n(),
                    preemptions,
                    scheduledNanos,
                    firstTokenNanos,
                    lastTokenNanos);
        }

        void sendFinish(Outbox outbox) {
            FinishReason reason = script.finish();
            ChatSession session = job.session;
            String stop = script.stop();
            outbox.send(session, () -> session.finished(choice, reason, stop));
        }
    }

    final ChatSession session;
    private List<Turn> turns = List.of();
    private Prompt prompt = Prompt.of(1);
    private long sessionKey;
    /// Is planned, and waits or runs.
    boolean isEntered;

    boolean wasScheduled;
    /// Ended, cancelled or failed: nothing more is done for it.
    boolean isOver;

    @Nullable
    SimulatedReplica replica;

    /// What the router believed when it chose the replica; there until the first token.
    @Nullable
    Choice routed;

    long routedNanos;
    /// Replicas that refused it since it was queued.
    final Set<Long> refusedBy = new HashSet<>();

    /// An engine reads its prompt for another one.
    boolean isReading;
    /// Tokens of the prompt whose keys and values are on their way to the next engine, or there.
    int remoteTokens;

    private RequestFault fault = RequestFault.NONE;
    private int tokensToFault;
    private boolean hasSprung;

    ChatJob(ChatSession session) {
        this.session = session;
    }

    void planned(ChatPlan plan) {
        prompt = plan.prompt();
        sessionKey = sessionKey(session);
        var planned = new ArrayList<Turn>(plan.scripts().size());
        for (int choice = 0; choice < plan.scripts().size(); choice++) {
            planned.add(new Turn(this, choice, plan.scripts().get(choice)));
        }
        turns = planned;
    }

    /// By the client's own name for the session, or else by its key and how the conversation began.
    private static long sessionKey(ChatSession session) {
        Hints hints = session.request().hints();
        String own = hints.sessionKey().isEmpty() ? hints.cacheKey() : hints.sessionKey();
        if (!own.isEmpty()) {
            return own.hashCode();
        }
        long key = session.call().principal().key().hashCode();
        for (ChatMessage message : session.request().messages()) {
            key = 31 * key + message.hashCode();
            if (message.role() == Role.USER) {
                break;
            }
        }
        return key;
    }

    int promptTokens() {
        return prompt.tokens();
    }

    /// What a router sees of it.
    RouteRequest routing() {
        return new RouteRequest(prompt, sessionKey);
    }

    /// What an engine has to do for a choice, from where the last one left it.
    Submission<Turn> submission(Turn turn) {
        Prompt known =
                turn.position() == 0 ? prompt : new Prompt(prompt.tokens() + turn.position(), prompt.blockNames());
        int priority = session.request().hints().priority();
        return new Submission<>(
                turn, known, turn.remaining(), priority, adapter(), Math.min(remoteTokens, known.tokens()));
    }

    /// What an engine has to do that only reads the prompt: it makes a token that nobody sees.
    Submission<Turn> reading(Turn turn) {
        int priority = session.request().hints().priority();
        return new Submission<>(turn, prompt, 1, priority, adapter(), 0);
    }

    Prompt prompt() {
        return prompt;
    }

    /// Counts its pictures, sounds and files, and how many of them were known.
    void countMedia(MediaCache cache, EngineMetrics metrics) {
        int asked = 0;
        int known = 0;
        for (ChatMessage message : session.request().messages()) {
            for (ContentPart part : message.parts()) {
                String digest = switch (part) {
                    case ContentPart.Text text -> "";
                    case ContentPart.Image image -> image.digest();
                    case ContentPart.Audio audio -> audio.digest();
                    case ContentPart.File file -> file.digest();
                };
                if (!digest.isEmpty()) {
                    asked++;
                    known += cache.use(digest) ? 1 : 0;
                }
            }
        }
        metrics.media(asked, known);
    }

    /// The name of its LoRA adapter; empty for the plain model.
    String adapterName() {
        return session.request().hints().adapter();
    }

    private int adapter() {
        return adapterName().isEmpty() ? Submission.NO_ADAPTER : adapterName().hashCode() & Integer.MAX_VALUE;
    }

    /// Something is to befall it.
    void doom(RequestFault kind) {
        fault = kind;
        tokensToFault = kind.afterTokens();
    }

    RequestFault fault() {
        return fault;
    }

    /// Counts a token towards what is to befall it; true once, when its time has come.
    boolean springsTrap() {
        if (tokensToFault == 0) {
            return false;
        }
        hasSprung = --tokensToFault == 0;
        return hasSprung;
    }

    /// Nothing that is made of it from now on is delivered.
    boolean isCut() {
        return hasSprung && fault.kind() == RequestFault.Kind.CUT;
    }

    /// Tokens that engines have made of it, over all choices.
    int madeTokens() {
        return turns.stream().mapToInt(Turn::position).sum();
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
