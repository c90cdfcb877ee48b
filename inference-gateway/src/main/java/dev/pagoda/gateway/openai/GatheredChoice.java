package dev.pagoda.gateway.openai;

import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.TokenLogprob;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// One choice as its deltas have told it so far. Not thread-safe.
final class GatheredChoice {
    /// A call of a tool, and its arguments so far.
    record Call(String id, String name, boolean isCustom, StringBuilder arguments) {}

    private final StringBuilder text = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private final List<Call> calls = new ArrayList<>();
    private final List<TokenLogprob> logprobs = new ArrayList<>();
    private FinishReason reason = FinishReason.STOP;

    void add(ChatDelta delta) {
        switch (delta) {
            case ChatDelta.Text words -> {
                text.append(words.text());
                logprobs.addAll(words.logprobs());
            }
            case ChatDelta.Reasoning thought -> reasoning.append(thought.text());
            case ChatDelta.ToolCall call -> {
                if (call.opens()) {
                    calls.add(new Call(call.id(), call.name(), call.isCustom(), new StringBuilder()));
                }
                calls.get(call.index()).arguments().append(call.arguments());
            }
        }
    }

    /// Tells all of it again, in few deltas.
    void replay(Consumer<ChatDelta> listener) {
        if (!reasoning.isEmpty()) {
            listener.accept(new ChatDelta.Reasoning(reasoning.toString(), 1));
        }
        if (!text.isEmpty()) {
            listener.accept(new ChatDelta.Text(text.toString(), 1, logprobs));
        }
        for (int i = 0; i < calls.size(); i++) {
            Call call = calls.get(i);
            listener.accept(new ChatDelta.ToolCall(
                    i, call.id(), call.name(), call.isCustom(), call.arguments().toString(), 1, true));
        }
    }

    void finish(FinishReason why) {
        reason = why;
    }

    String text() {
        return text.toString();
    }

    String reasoning() {
        return reasoning.toString();
    }

    List<Call> calls() {
        return calls;
    }

    List<TokenLogprob> logprobs() {
        return logprobs;
    }

    FinishReason reason() {
        return reason;
    }
}
