package dev.pagoda.gateway.openai;

import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.TokenLogprob;
import java.util.ArrayList;
import java.util.List;

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
