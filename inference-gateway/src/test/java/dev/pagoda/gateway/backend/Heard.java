package dev.pagoda.gateway.backend;

import dev.pagoda.governance.bus.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A listener that remembers what it heard, and objects to anything out of order.
class Heard implements ChatListener {
    final CompletableFuture<Heard> over = new CompletableFuture<>();
    final List<StringBuilder> texts = new ArrayList<>();
    final List<FinishReason> finishes = new ArrayList<>();

    @Nullable
    ChatStarted started;

    @Nullable
    TokenUsage usage;

    @Nullable
    Refusal refusal;

    int tokens;
    int pieces;
    long costNanos = -1;
    volatile boolean isCancelled;

    Heard(int choices) {
        for (int i = 0; i < choices; i++) {
            texts.add(new StringBuilder());
        }
    }

    Heard await() {
        return over.orTimeout(60, TimeUnit.SECONDS).join();
    }

    String text() {
        return texts.getFirst().toString();
    }

    @Override
    public void onStart(ChatStarted news) {
        check(started == null, "started twice");
        started = news;
    }

    @Override
    public void onDelta(int choice, ChatDelta delta) {
        check(started != null, "text before the start");
        if (delta instanceof ChatDelta.Text words) {
            texts.get(choice).append(words.text());
        }
        tokens += delta.tokens();
        pieces++;
    }

    @Override
    public void onFinish(int choice, FinishReason reason) {
        check(started != null, "finish before the start");
        finishes.add(reason);
    }

    @Override
    public void onPriced(long nanos) {
        costNanos = nanos;
    }

    @Override
    public void onEnd(TokenUsage counted) {
        check(finishes.size() == texts.size(), "end before all finishes");
        usage = counted;
        end();
    }

    @Override
    public void onFailure(Refusal why) {
        refusal = why;
        end();
    }

    private void end() {
        check(!over.isDone(), "ended twice");
        over.complete(this);
    }

    void check(boolean holds, String fault) {
        if (!holds || isCancelled) {
            var failure = new AssertionError(isCancelled ? "told after the cancellation" : fault);
            over.completeExceptionally(failure);
            throw failure;
        }
    }
}
