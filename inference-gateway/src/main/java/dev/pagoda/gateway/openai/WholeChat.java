package dev.pagoda.gateway.openai;

import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.ChatListener;
import dev.pagoda.gateway.backend.ChatStarted;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.governance.bus.Refusal;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.stream.Stream;

/// A chat that is gathered without a connection.
final class WholeChat implements ChatListener {
    private final Promise<WholeChat> over = Promise.promise();
    private final List<GatheredChoice> choices;
    private String fingerprint = "";
    private TokenUsage usage = new TokenUsage(0, 0);

    WholeChat(int count) {
        this.choices = Stream.generate(GatheredChoice::new).limit(count).toList();
    }

    /// This, once it has ended; fails with [dev.pagoda.governance.bus.Refused].
    Future<WholeChat> ended() {
        return over.future();
    }

    List<GatheredChoice> choices() {
        return choices;
    }

    String fingerprint() {
        return fingerprint;
    }

    TokenUsage usage() {
        return usage;
    }

    @Override
    public void onStart(ChatStarted started) {
        fingerprint = Fingerprint.of(started);
    }

    @Override
    public void onDelta(int choice, ChatDelta delta) {
        choices.get(choice).add(delta);
    }

    @Override
    public void onFinish(int choice, FinishReason reason) {
        choices.get(choice).finish(reason);
    }

    @Override
    public void onEnd(TokenUsage counted) {
        usage = counted;
        over.tryComplete(this);
    }

    @Override
    public void onFailure(Refusal refusal) {
        over.tryFail(refusal.asException());
    }
}
