package dev.pagoda.gateway.journal;

import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.ChatHandle;
import dev.pagoda.gateway.backend.ChatListener;
import dev.pagoda.gateway.backend.ChatMessage;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.backend.ChatStarted;
import dev.pagoda.gateway.backend.EmbedReply;
import dev.pagoda.gateway.backend.EmbedRequest;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.ForwardingListener;
import dev.pagoda.gateway.backend.Hints;
import dev.pagoda.gateway.backend.RequestService.GivenUp;
import dev.pagoda.gateway.backend.ResponseHeaders;
import dev.pagoda.gateway.backend.ServedModel;
import dev.pagoda.gateway.backend.TimedChats;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.gateway.cache.CachingChats;
import dev.pagoda.gateway.dispatch.RoutedChats;
import dev.pagoda.gateway.guard.GuardedChats;
import dev.pagoda.gateway.journal.LoggedRequest.Outcome;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A service whose requests are logged at their end, with what those behind it told in headers.
public final class JournaledChats implements ChatService {
    private static final int MAX_TEXT_CHARS = 100_000;

    private final ChatService next;
    private final RequestJournal journal;
    private final InstantSource clock;

    public JournaledChats(ChatService next, RequestJournal journal, InstantSource clock) {
        this.next = next;
        this.journal = journal;
        this.clock = clock;
    }

    @Override
    public ChatHandle chat(ChatRequest request, Call call, ChatListener listener) {
        var chat = new Journaled(request, call, listener);
        chat.handle = next.chat(request, call, chat);
        return chat;
    }

    @Override
    public Future<EmbedReply> embed(EmbedRequest request, Call call, ResponseHeaders headers) {
        long startedMicros = micros();
        long startedNanos = System.nanoTime();
        Map<String, String> told = new HashMap<>();
        return next.embed(request, call, (name, value) -> {
                    keep(told, name, value);
                    headers.put(name, value);
                })
                .onComplete(done -> {
                    long took = (System.nanoTime() - startedNanos) / 1_000;
                    journal.hear(new LoggedRequest(
                            request.requestId(),
                            call.principal(),
                            request.ranks() ? "rerank" : "embeddings",
                            request.model(),
                            "",
                            "",
                            told.getOrDefault(RoutedChats.HEADER, ""),
                            told.getOrDefault(CachingChats.HEADER, ""),
                            told.getOrDefault(GuardedChats.HEADER, ""),
                            startedMicros,
                            -1,
                            -1,
                            took,
                            -1,
                            done.succeeded()
                                    ? done.result().promptTokens()
                                    : done.cause() instanceof GivenUp left ? left.readTokens() : 0,
                            0,
                            0,
                            -1,
                            outcome(done.cause()),
                            done.cause() instanceof Refused refused
                                    ? refused.refusal().code()
                                    : "",
                            "",
                            trace(request.hints()),
                            journal.keepsTexts(call.tenant()) ? cut(String.join("\n", request.inputs())) : null,
                            ""));
                });
    }

    @Override
    public Future<List<ServedModel>> models(Call call) {
        return next.models(call);
    }

    private static Outcome outcome(@Nullable Throwable failure) {
        return switch (failure) {
            case null -> Outcome.COMPLETED;
            case GivenUp left -> Outcome.ABORTED;
            case Refused refused -> Outcome.REFUSED;
            default -> Outcome.FAILED;
        };
    }

    private long micros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
    }

    private static TraceParent trace(Hints hints) {
        return TraceParent.of(hints.headers().get(Hints.TRACE_HEADER));
    }

    /// Of the headers of an answer, those the log has columns for.
    private static void keep(Map<String, String> told, String name, String value) {
        if (name.startsWith(Hints.HEADER_PREFIX)) {
            // a guard tells what it finds as it goes
            told.merge(
                    name, value, (before, more) -> name.equals(GuardedChats.HEADER) ? cut(before + "; " + more) : more);
        }
    }

    private static String cut(String text) {
        if (text.length() <= MAX_TEXT_CHARS) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(MAX_TEXT_CHARS - 1)) ? MAX_TEXT_CHARS - 1 : MAX_TEXT_CHARS;
        return text.substring(0, end);
    }

    /// One chat. Belongs to the caller's context.
    private final class Journaled extends ForwardingListener implements ChatHandle {
        private final ChatRequest request;
        private final Call call;
        private final long startedMicros = micros();
        private final long startedNanos = System.nanoTime();
        private final Map<String, String> told = new HashMap<>(4);
        private final FinishReason[] reasons;
        private final @Nullable StringBuilder text;

        @Nullable
        ChatHandle handle;

        private boolean isOver;
        private boolean isCancelled;
        private @Nullable ChatStarted started;
        private long queueNanos = -1;
        private long firstTokenNanos = -1;
        private int delivered;
        private int prompted;
        private int cached;
        private long costNanos = -1;

        Journaled(ChatRequest request, Call call, ChatListener listener) {
            super(listener);
            this.request = request;
            this.call = call;
            this.reasons = new FinishReason[request.n()];
            this.text = journal.keepsTexts(call.tenant()) ? new StringBuilder() : null;
        }

        @Override
        public void onHeader(String name, String value) {
            keep(told, name, value);
            super.onHeader(name, value);
        }

        @Override
        public void onStart(ChatStarted news) {
            started = news;
            queueNanos = System.nanoTime() - startedNanos;
            prompted = news.promptTokens();
            cached = news.cachedTokens();
            super.onStart(news);
        }

        @Override
        public void onDelta(int choice, ChatDelta delta) {
            if (firstTokenNanos < 0) {
                firstTokenNanos = System.nanoTime() - startedNanos;
            }
            delivered += delta.tokens();
            if (text != null && text.length() < MAX_TEXT_CHARS) {
                text.append(delta.text());
            }
            super.onDelta(choice, delta);
        }

        @Override
        public void onFinish(int choice, FinishReason reason) {
            reasons[choice] = reason;
            super.onFinish(choice, reason);
        }

        @Override
        public void onPriced(long nanos) {
            costNanos = nanos;
            super.onPriced(nanos);
        }

        @Override
        public void onEnd(TokenUsage usage) {
            prompted = usage.promptTokens();
            cached = usage.cachedTokens();
            delivered = usage.completionTokens();
            // first, so that a client which has its answer finds it in the log
            over(Outcome.COMPLETED, "");
            super.onEnd(usage);
        }

        @Override
        public void onFailure(Refusal refusal) {
            over(started == null ? Outcome.REFUSED : Outcome.FAILED, refusal.code());
            super.onFailure(refusal);
        }

        @Override
        public void cancel() {
            if (!isCancelled && handle != null) {
                isCancelled = true;
                handle.cancel();
                over(Outcome.ABORTED, "");
            }
        }

        private void over(Outcome outcome, String error) {
            if (isOver) {
                return;
            }
            isOver = true;
            journal.hear(new LoggedRequest(
                    request.requestId(),
                    call.principal(),
                    "chat",
                    request.model(),
                    started == null ? "" : started.version(),
                    started == null ? "" : started.replica(),
                    told.getOrDefault(RoutedChats.HEADER, ""),
                    told.getOrDefault(CachingChats.HEADER, ""),
                    told.getOrDefault(GuardedChats.HEADER, ""),
                    startedMicros,
                    queueNanos < 0 ? -1 : queueNanos / 1_000,
                    firstTokenNanos < 0 ? -1 : firstTokenNanos / 1_000,
                    (System.nanoTime() - startedNanos) / 1_000,
                    overhead(),
                    prompted,
                    delivered,
                    cached,
                    costNanos,
                    outcome,
                    error,
                    finish(),
                    trace(request.hints()),
                    text == null ? null : cut(prompt()),
                    text == null ? null : cut(text.toString())));
        }

        private long overhead() {
            String micros = told.get(TimedChats.HEADER);
            return micros == null ? -1 : Long.parseLong(micros);
        }

        private String finish() {
            var finish = new StringBuilder();
            for (FinishReason reason : reasons) {
                if (reason != null) {
                    finish.append(finish.isEmpty() ? "" : ",")
                            .append(reason.name().toLowerCase(Locale.ROOT));
                }
            }
            return finish.toString();
        }

        private String prompt() {
            return request.messages().stream()
                    .map((ChatMessage message) ->
                            message.role().name().toLowerCase(Locale.ROOT) + ": " + message.content())
                    .collect(Collectors.joining("\n"));
        }
    }
}
