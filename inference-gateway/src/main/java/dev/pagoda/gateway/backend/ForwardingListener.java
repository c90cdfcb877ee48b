package dev.pagoda.gateway.backend;

import dev.pagoda.governance.bus.Refusal;
import java.util.OptionalLong;

/// Hands everything on to the next listener; a wrapper overrides what it has to say something to.
public abstract class ForwardingListener implements ChatListener {
    private final ChatListener next;

    protected ForwardingListener(ChatListener next) {
        this.next = next;
    }

    protected final ChatListener next() {
        return next;
    }

    @Override
    public void onHeader(String name, String value) {
        next.onHeader(name, value);
    }

    @Override
    public OptionalLong arrivedNanos() {
        return next.arrivedNanos();
    }

    @Override
    public void onStart(ChatStarted started) {
        next.onStart(started);
    }

    @Override
    public void onDelta(int choice, ChatDelta delta) {
        next.onDelta(choice, delta);
    }

    @Override
    public void onStop(int choice, String stop) {
        next.onStop(choice, stop);
    }

    @Override
    public void onFinish(int choice, FinishReason reason) {
        next.onFinish(choice, reason);
    }

    @Override
    public void onPriced(long costNanos) {
        next.onPriced(costNanos);
    }

    @Override
    public void onEnd(TokenUsage usage) {
        next.onEnd(usage);
    }

    @Override
    public void onFailure(Refusal refusal) {
        next.onFailure(refusal);
    }
}
