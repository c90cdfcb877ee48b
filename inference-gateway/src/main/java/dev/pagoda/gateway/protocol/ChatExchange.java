package dev.pagoda.gateway.protocol;

import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.ChatHandle;
import dev.pagoda.gateway.backend.ChatListener;
import dev.pagoda.gateway.backend.ChatStarted;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.governance.bus.Refusal;
import io.vertx.core.Context;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One chat between an engine and a client; ends exactly once: by its answer, a failure, the client's
/// leaving, a reader too slow, or the platform's stop. All but the first two cancel the chat at once.
///
/// Owned by the event loop of the connection, but [#shutDown] may come from any thread.
final class ChatExchange implements ChatListener, OpenExchange {
    private final Context context;
    private final long arrivedNanos;
    private final ChatOutput output;
    private @Nullable ChatHandle handle;
    private boolean over;

    /// @param arrivedNanos when the request arrived
    /// @param output       makes the way to the client, given what to do when the client reads too slowly
    ChatExchange(Context context, long arrivedNanos, Function<Runnable, ChatOutput> output) {
        this.context = context;
        this.arrivedNanos = arrivedNanos;
        this.output = output.apply(this::abandon);
    }

    /// @param start starts the chat for its listener
    void begin(Function<ChatListener, ChatHandle> start) {
        ChatHandle begun = start.apply(this);
        handle = begun;
        if (over) {
            begun.cancel();
        }
    }

    @Override
    public OptionalLong arrivedNanos() {
        return OptionalLong.of(arrivedNanos);
    }

    @Override
    public void onStart(ChatStarted started) {
        if (!over) {
            output.start(started);
        }
    }

    @Override
    public void onHeader(String name, String value) {
        if (!over) {
            output.header(name, value);
        }
    }

    @Override
    public void onDelta(int choice, ChatDelta delta) {
        if (!over) {
            output.delta(choice, delta);
        }
    }

    @Override
    public void onStop(int choice, String stop) {
        if (!over) {
            output.stop(choice, stop);
        }
    }

    @Override
    public void onFinish(int choice, FinishReason reason) {
        if (!over) {
            output.finish(choice, reason);
        }
    }

    @Override
    public void onEnd(TokenUsage usage) {
        if (!over) {
            over = true;
            output.end(usage);
        }
    }

    @Override
    public void onFailure(Refusal refusal) {
        if (!over) {
            over = true;
            output.refuse(refusal);
        }
    }

    /// The client has gone, or is given up.
    ///
    /// @return whether the chat was still running
    boolean abandon() {
        if (over) {
            return false;
        }
        over = true;
        cancel();
        output.abandon();
        return true;
    }

    /// Ends the chat with an error, because the platform stops.
    @Override
    public void shutDown(Refusal why) {
        context.runOnContext(v -> {
            if (!over) {
                over = true;
                cancel();
                output.refuse(why);
            }
        });
    }

    private void cancel() {
        if (handle != null) {
            handle.cancel();
        }
    }
}
