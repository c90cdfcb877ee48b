package dev.pagoda.gateway.protocol;

import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.ChatHandle;
import dev.pagoda.gateway.backend.ChatListener;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.backend.ChatStarted;
import dev.pagoda.gateway.backend.EmbedReply;
import dev.pagoda.gateway.backend.EmbedRequest;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.RequestService.GivenUp;
import dev.pagoda.gateway.backend.ResponseHeaders;
import dev.pagoda.gateway.backend.ServedModel;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// A service whose models each behave in one way: `echo` answers the last message word by word, `endless` never stops,
/// `flood` sends 10 KB a millisecond, `busy` has no room, `crowded` has none for a while, `full` refuses the length,
/// `breaks` fails after two words,
/// `faulty` throws, `waits` never starts, `worker` thinks, speaks and calls two tools, and `embed` maps a text to
/// (length, first character, 0.5).
public final class FakeChatService implements ChatService {
    public static final List<String> MODELS = List.of(
            "echo", "endless", "flood", "busy", "full", "breaks", "faulty", "waits", "worker", "embed", "acme/echo");
    public static final int PROMPT_TOKENS = 7;

    private static final Pattern AFTER_SPACE = Pattern.compile("(?<= )");

    public final ConcurrentLinkedQueue<ChatRequest> chats = new ConcurrentLinkedQueue<>();
    public final ConcurrentLinkedQueue<EmbedRequest> embeds = new ConcurrentLinkedQueue<>();
    /// How often `crowded` has still no room.
    public final AtomicInteger refusals = new AtomicInteger();

    public final AtomicInteger running = new AtomicInteger();
    public final AtomicInteger cancelled = new AtomicInteger();

    private final Vertx vertx;

    public FakeChatService(Vertx vertx) {
        this.vertx = vertx;
    }

    @Override
    public ChatHandle chat(ChatRequest request, Call call, ChatListener listener) {
        chats.add(request);
        switch (request.model()) {
            case "busy" -> {
                return refuse(listener, new Refusal(Reason.EXHAUSTED, "queue_full", "8 of 8 requests wait", 3));
            }
            case "crowded" -> {
                if (refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                    return refuse(listener, new Refusal(Reason.EXHAUSTED, "rate_limit_exceeded", "no room", 1));
                }
            }
            case "full" -> {
                return refuse(
                        listener,
                        Refusal.of(Reason.INVALID, "context_length_exceeded", "the context of 10 tokens is exceeded"));
            }
            case "faulty" -> throw new IllegalStateException("secret");
            default -> {
                if (!MODELS.contains(request.model())) {
                    return refuse(
                            listener,
                            Refusal.of(Reason.NOT_FOUND, "model_not_found", "no model " + request.model() + " here"));
                }
            }
        }
        var chat = new Running(request, listener);
        running.incrementAndGet();
        if (!request.model().equals("waits")) {
            vertx.runOnContext(v -> chat.start());
        }
        return chat;
    }

    private ChatHandle refuse(ChatListener listener, Refusal refusal) {
        vertx.runOnContext(v -> listener.onFailure(refusal));
        return () -> {};
    }

    @Override
    public Future<EmbedReply> embed(EmbedRequest request, Call call, ResponseHeaders headers) {
        embeds.add(request);
        if (request.model().equals("waits")) {
            running.incrementAndGet();
            return request.left().transform(left -> {
                running.decrementAndGet();
                cancelled.incrementAndGet();
                return Future.failedFuture(new GivenUp(true));
            });
        }
        if (!request.model().equals("embed")) {
            return Future.failedFuture(
                    new Refused(Reason.NOT_FOUND, "model_not_found", "no model " + request.model() + " here"));
        }
        var vectors = request.inputs().stream()
                .map(input -> new float[] {input.length(), input.charAt(0), 0.5f})
                .toList();
        return Future.succeededFuture(
                new EmbedReply("embed", vectors, 2 * request.inputs().size()));
    }

    @Override
    public Future<List<ServedModel>> models(Call call) {
        return Future.succeededFuture(MODELS.stream()
                .map(name -> new ServedModel(name, "acme/" + name, 1_700_000_000, "acme", 4_096))
                .toList());
    }

    private final class Running implements ChatHandle {
        private final ChatRequest request;
        private final ChatListener listener;
        private final List<String> words;
        private int sent;
        private boolean over;

        Running(ChatRequest request, ChatListener listener) {
            this.request = request;
            this.listener = listener;
            this.words = AFTER_SPACE
                    .splitAsStream(request.messages().getLast().content())
                    .toList();
        }

        void start() {
            if (!over) {
                listener.onStart(new ChatStarted(request.model(), "v1", PROMPT_TOKENS, "r0"));
                step();
            }
        }

        private void step() {
            if (over) {
                return;
            }
            boolean limited = sent >= request.limits().maxTokens().orElse(Integer.MAX_VALUE);
            boolean endless =
                    request.model().equals("endless") || request.model().equals("flood");
            if (request.model().equals("worker")) {
                work();
            } else if (request.model().equals("breaks") && sent == 2) {
                over = true;
                running.decrementAndGet();
                listener.onFailure(Refusal.of(Reason.UNAVAILABLE, "replica_lost", "the replica was lost"));
            } else if (limited || (!endless && sent == words.size())) {
                finish(limited ? FinishReason.LENGTH : FinishReason.STOP);
            } else {
                String text = request.model().equals("flood") ? "x".repeat(10_000) : words.get(sent % words.size());
                sent++;
                for (int choice = 0; choice < request.n(); choice++) {
                    listener.onDelta(choice, new ChatDelta.Text(text, 1));
                }
                if (endless) {
                    vertx.setTimer(1, t -> step());
                } else {
                    vertx.runOnContext(v -> step());
                }
            }
        }

        private void work() {
            over = true;
            running.decrementAndGet();
            listener.onDelta(0, new ChatDelta.Reasoning("Let me ", 2));
            listener.onDelta(0, new ChatDelta.Reasoning("see.", 1));
            listener.onDelta(0, new ChatDelta.Text("I look \"it\" up.", 5));
            call(0, "call_a", "{\"city\":", "\"Oslo\"}");
            call(1, "call_b", "{\"city\":", "\"Rome\"}");
            listener.onFinish(0, FinishReason.TOOL_CALLS);
            listener.onEnd(new TokenUsage(PROMPT_TOKENS, 20, 4, 3));
        }

        private void call(int index, String id, String head, String tail) {
            listener.onDelta(0, new ChatDelta.ToolCall(index, id, "weather", false, "", 2, true));
            listener.onDelta(0, new ChatDelta.ToolCall(index, id, "weather", false, head, 2, false));
            listener.onDelta(0, new ChatDelta.ToolCall(index, id, "weather", false, tail, 2, false));
        }

        private void finish(FinishReason reason) {
            over = true;
            running.decrementAndGet();
            IntStream.range(0, request.n()).forEach(choice -> listener.onFinish(choice, reason));
            listener.onEnd(new TokenUsage(PROMPT_TOKENS, sent * request.n()));
        }

        @Override
        public void cancel() {
            if (!over) {
                over = true;
                running.decrementAndGet();
                cancelled.incrementAndGet();
            }
        }
    }
}
