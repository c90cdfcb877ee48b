package dev.pagoda.gateway.openai;

import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.ChatStarted;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.gateway.protocol.ChatOutput;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/// A chat that is kept when it has ended, and whose end is told to the client when it is.
final class KeptOutput implements ChatOutput {
    /// A chat that has ended.
    record Ended(String fingerprint, List<GatheredChoice> choices, TokenUsage usage) {}

    private final ChatOutput output;
    private final Function<Ended, Future<Void>> keep;
    private final List<GatheredChoice> choices;
    private String fingerprint = "";

    /// @param output the way to the client
    KeptOutput(ChatOutput output, int choices, Function<Ended, Future<Void>> keep) {
        this.output = output;
        this.keep = keep;
        this.choices = Stream.generate(GatheredChoice::new).limit(choices).toList();
    }

    @Override
    public void start(ChatStarted started) {
        fingerprint = Fingerprint.of(started);
        output.start(started);
    }

    @Override
    public void header(String name, String value) {
        output.header(name, value);
    }

    @Override
    public void delta(int choice, ChatDelta delta) {
        choices.get(choice).add(delta);
        output.delta(choice, delta);
    }

    @Override
    public void stop(int choice, String stop) {
        output.stop(choice, stop);
    }

    @Override
    public void finish(int choice, FinishReason reason) {
        choices.get(choice).finish(reason);
        output.finish(choice, reason);
    }

    @Override
    public void end(TokenUsage usage) {
        keep.apply(new Ended(fingerprint, choices, usage))
                .onSuccess(kept -> output.end(usage))
                .onFailure(failure -> output.refuse(
                        failure instanceof Refused refused
                                ? refused.refusal()
                                : Refusal.of(Reason.INTERNAL, "internal", "the completion could not be kept")));
    }

    @Override
    public void refuse(Refusal refusal) {
        output.refuse(refusal);
    }

    @Override
    public void abandon() {
        output.abandon();
    }
}
