package dev.pagoda.gateway.fault;

import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.ChatHandle;
import dev.pagoda.gateway.backend.ChatListener;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.backend.ChatStarted;
import dev.pagoda.gateway.backend.EmbedReply;
import dev.pagoda.gateway.backend.EmbedRequest;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.ForwardingListener;
import dev.pagoda.gateway.backend.RequestFault;
import dev.pagoda.gateway.backend.ResponseHeaders;
import dev.pagoda.gateway.backend.ServedModel;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/// Lets befall a chat what its header `x-pagoda-fault` asks for: stands where engines and servers of others would
/// fail, so that limits, fallbacks and the request log see a failure as they would see theirs.
///
/// For administrators, and for everybody where the settings say so; others are refused, since a header that did
/// nothing would make their tests pass. What an answer costs is what was made of it, though a client that leaves
/// during delays may have seen less.
public final class FaultyChats implements ChatService {
    /// The header.
    public static final String HEADER = AskedFault.HEADER;

    private final Vertx vertx;
    private final ChatService next;
    private final boolean isForAll;

    /// @param isForAll whether those may ask who are no administrators
    public FaultyChats(Vertx vertx, ChatService next, boolean isForAll) {
        this.vertx = vertx;
        this.next = next;
        this.isForAll = isForAll;
    }

    @Override
    public ChatHandle chat(ChatRequest request, Call call, ChatListener listener) {
        Map<String, String> headers = request.hints().headers();
        String asked = headers.get(HEADER);
        if (asked == null) {
            // only we may say so
            return headers.containsKey(RequestFault.KILL_HEADER)
                    ? next.chat(killed(request, 0), call, listener)
                    : next.chat(request, call, listener);
        }
        if (!isForAll && !call.principal().isAdmin()) {
            return refuse(
                    listener,
                    Refusal.of(
                            Reason.FORBIDDEN,
                            "faults_not_allowed",
                            HEADER
                                    + " is for administrators, or for all where the settings have traffic.faults: true"));
        }
        AskedFault fault;
        try {
            fault = AskedFault.of(asked);
        } catch (IllegalArgumentException wrong) {
            return refuse(listener, Refusal.of(Reason.INVALID, "invalid_fault", HEADER + ": " + wrong.getMessage()));
        }
        if (!fault.isFor(request.model())) {
            return next.chat(killed(request, 0), call, listener);
        }
        var chat = new Faulty(killed(request, fault.killAfter()), call, listener, fault);
        chat.begin();
        return chat;
    }

    @Override
    public Future<EmbedReply> embed(EmbedRequest request, Call call, ResponseHeaders headers) {
        return next.embed(request, call, headers);
    }

    @Override
    public Future<List<ServedModel>> models(Call call) {
        return next.models(call);
    }

    private ChatHandle refuse(ChatListener listener, Refusal refusal) {
        vertx.getOrCreateContext().runOnContext(v -> listener.onFailure(refusal));
        return () -> {};
    }

    /// The request with our own word to the engines, and without the client's.
    private static ChatRequest killed(ChatRequest request, int afterTokens) {
        var headers = new HashMap<>(request.hints().headers());
        headers.remove(RequestFault.KILL_HEADER);
        if (afterTokens > 0) {
            headers.put(RequestFault.KILL_HEADER, Integer.toString(afterTokens));
        }
        return request.withHints(request.hints().withHeaders(headers));
    }

    /// One chat, of the event loop that began it.
    private final class Faulty extends ForwardingListener implements ChatHandle {
        private final ChatRequest request;
        private final Call call;
        private final AskedFault fault;
        /// What came while an earlier piece was held back; an engine bounds it by the length of its answer.
        private final Queue<Runnable> held = new ArrayDeque<>();

        private @Nullable ChatHandle handle;
        private long timer = -1;
        private int tokens;
        private boolean isHolding;
        private boolean isOver;

        Faulty(ChatRequest request, Call call, ChatListener listener, AskedFault fault) {
            super(listener);
            this.request = request;
            this.call = call;
            this.fault = fault;
        }

        void begin() {
            if (fault.hangs()) {
                Refusal late = Refusal.of(
                        Reason.DEADLINE, "injected_deadline", "no answer in time, as asked for by " + HEADER);
                after(Math.max(1, call.remaining().toMillis()), () -> fail(late));
            } else if (fault.startMillis() > 0) {
                after(fault.startMillis(), this::ask);
            } else {
                vertx.getOrCreateContext().runOnContext(v -> ask());
            }
        }

        private void ask() {
            Refusal error = fault.error();
            if (isOver) {
                return;
            }
            if (error != null) {
                fail(error);
                return;
            }
            ChatHandle begun = next.chat(request, call, this);
            handle = begun;
            if (isOver) {
                begun.cancel();
            }
        }

        @Override
        public void onStart(ChatStarted started) {
            inTurn(() -> next().onStart(started), 0);
        }

        @Override
        public void onDelta(int choice, ChatDelta delta) {
            inTurn(() -> deliver(choice, delta), fault.gapMillis());
        }

        private void deliver(int choice, ChatDelta delta) {
            next().onDelta(choice, delta);
            tokens += delta.tokens();
            if (fault.cutAfter() > 0 && tokens >= fault.cutAfter() && !isOver) {
                fail(AskedFault.cut(tokens));
            }
        }

        @Override
        public void onStop(int choice, String stop) {
            inTurn(() -> next().onStop(choice, stop), 0);
        }

        @Override
        public void onFinish(int choice, FinishReason reason) {
            inTurn(() -> next().onFinish(choice, reason), 0);
        }

        @Override
        public void onPriced(long costNanos) {
            inTurn(() -> next().onPriced(costNanos), 0);
        }

        @Override
        public void onEnd(TokenUsage usage) {
            inTurn(() -> end(() -> next().onEnd(usage)), 0);
        }

        @Override
        public void onFailure(Refusal refusal) {
            inTurn(() -> end(() -> next().onFailure(refusal)), 0);
        }

        /// Runs when everything before it has, and holds up what follows.
        private void inTurn(Runnable news, long gapMillis) {
            if (isOver) {
                return;
            }
            held.add(() -> {
                news.run();
                if (gapMillis > 0 && !isOver) {
                    isHolding = true;
                    after(gapMillis, () -> {
                        isHolding = false;
                        release();
                    });
                }
            });
            release();
        }

        private void release() {
            while (!isHolding && !isOver && !held.isEmpty()) {
                held.remove().run();
            }
        }

        private void end(Runnable last) {
            isOver = true;
            held.clear();
            last.run();
        }

        private void fail(Refusal refusal) {
            stop();
            next().onFailure(refusal);
        }

        private void after(long millis, Runnable what) {
            timer = vertx.setTimer(millis, v -> {
                if (!isOver) {
                    what.run();
                }
            });
        }

        @Override
        public void cancel() {
            if (!isOver) {
                stop();
            }
        }

        private void stop() {
            isOver = true;
            held.clear();
            vertx.cancelTimer(timer);
            if (handle != null) {
                handle.cancel();
            }
        }
    }
}
