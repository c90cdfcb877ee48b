package dev.pagoda.gateway.protocol;

import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.ChatHandle;
import dev.pagoda.gateway.backend.ChatListener;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.backend.ChatStarted;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import java.util.ArrayList;
import java.util.List;

/// Several chats that are told as one: their choices in a row, their usage summed; when one fails the others are
/// cancelled. Belongs to the event loop that started it.
public final class JoinedChats implements ChatHandle {
    private final ChatListener listener;
    private final List<ChatHandle> handles = new ArrayList<>();
    private TokenUsage usage = new TokenUsage(0, 0);
    private int open;
    private boolean isStarted;
    private boolean isOver;

    private JoinedChats(ChatListener listener, int open) {
        this.listener = listener;
        this.open = open;
    }

    /// @param requests each with its own id
    /// @param call     made anew for each request by its id
    public static ChatHandle begin(ChatService service, List<ChatRequest> requests, Call call, ChatListener listener) {
        if (requests.size() == 1) {
            return service.chat(requests.getFirst(), call, listener);
        }
        var joined = new JoinedChats(listener, requests.size());
        int firstChoice = 0;
        for (ChatRequest request : requests) {
            var own = new Call(call.principal(), request.requestId(), call.deadlineNanos());
            joined.handles.add(service.chat(request, own, joined.new Part(firstChoice)));
            firstChoice += request.n();
        }
        return joined;
    }

    @Override
    public void cancel() {
        isOver = true;
        handles.forEach(ChatHandle::cancel);
    }

    private final class Part implements ChatListener {
        private final int firstChoice;

        Part(int firstChoice) {
            this.firstChoice = firstChoice;
        }

        @Override
        public void onHeader(String name, String value) {
            if (!isOver && !isStarted) {
                listener.onHeader(name, value);
            }
        }

        @Override
        public void onStart(ChatStarted started) {
            if (!isOver && !isStarted) {
                isStarted = true;
                listener.onStart(started);
            }
        }

        @Override
        public void onDelta(int choice, ChatDelta delta) {
            if (!isOver) {
                listener.onDelta(firstChoice + choice, delta);
            }
        }

        @Override
        public void onStop(int choice, String stop) {
            if (!isOver) {
                listener.onStop(firstChoice + choice, stop);
            }
        }

        @Override
        public void onFinish(int choice, FinishReason reason) {
            if (!isOver) {
                listener.onFinish(firstChoice + choice, reason);
            }
        }

        @Override
        public void onEnd(TokenUsage part) {
            usage = new TokenUsage(
                    Math.addExact(usage.promptTokens(), part.promptTokens()),
                    Math.addExact(usage.completionTokens(), part.completionTokens()),
                    Math.addExact(usage.cachedTokens(), part.cachedTokens()),
                    Math.addExact(usage.reasoningTokens(), part.reasoningTokens()));
            open--;
            if (!isOver && open == 0) {
                isOver = true;
                listener.onEnd(usage);
            }
        }

        @Override
        public void onFailure(Refusal refusal) {
            if (!isOver) {
                cancel();
                listener.onFailure(refusal);
            }
        }
    }
}
