package dev.pagoda.gateway.backend;

import java.util.List;
import java.util.Objects;

/// One chat to be answered, already validated against its protocol.
///
/// @param requestId unique; the key of the request's usage record
/// @param model     the served model's name
/// @param prompting how the messages become a prompt
/// @param messages  the conversation, oldest first, at least one
/// @param n         choices wanted, 1 to [#MAX_CHOICES]
/// @param limits    where a choice ends
/// @param sampling  how tokens are drawn
/// @param tools     what the model may call
/// @param format    the form of the text
/// @param thinking  whether it thinks first
/// @param hints     what changes no answer
public record ChatRequest(
        String requestId,
        String model,
        Prompting prompting,
        List<ChatMessage> messages,
        int n,
        LengthLimits limits,
        Sampling sampling,
        Tools tools,
        OutputFormat format,
        Thinking thinking,
        Hints hints) {

    /// Most choices of one request, as OpenAI allows.
    public static final int MAX_CHOICES = 128;

    /// How messages become a prompt.
    public enum Prompting {
        /// By the model's chat format, which has tokens of its own.
        CHAT,
        /// The text as it is, to be continued.
        RAW
    }

    public ChatRequest {
        Objects.requireNonNull(requestId, "requestId");
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(prompting, "prompting");
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(sampling, "sampling");
        Objects.requireNonNull(tools, "tools");
        Objects.requireNonNull(format, "format");
        Objects.requireNonNull(thinking, "thinking");
        Objects.requireNonNull(hints, "hints");
        messages = List.copyOf(messages);
        if (messages.isEmpty()) {
            throw new IllegalArgumentException("messages are empty; at least one is needed");
        }
        if (n < 1 || n > MAX_CHOICES) {
            throw new IllegalArgumentException("n " + n + " is not within 1 to " + MAX_CHOICES);
        }
    }

    /// A chat for one choice of text, without limits, thoughts or tools; the `with` methods add them.
    public static ChatRequest of(String requestId, String model, List<ChatMessage> messages) {
        return new ChatRequest(
                requestId,
                model,
                Prompting.CHAT,
                messages,
                1,
                LengthLimits.none(),
                Sampling.defaults(),
                Tools.none(),
                new OutputFormat.Text(),
                Thinking.none(),
                Hints.none());
    }

    /// What keeps to one choice among those who could answer: a session, else a user, else this request alone.
    public String stickyKey() {
        if (!hints.sessionKey().isEmpty()) {
            return hints.sessionKey();
        }
        return hints.user().isEmpty() ? requestId : hints.user();
    }

    public ChatRequest withRequestId(String other) {
        return new ChatRequest(other, model, prompting, messages, n, limits, sampling, tools, format, thinking, hints);
    }

    public ChatRequest withModel(String other) {
        return new ChatRequest(
                requestId, other, prompting, messages, n, limits, sampling, tools, format, thinking, hints);
    }

    public ChatRequest withPrompting(Prompting other) {
        return new ChatRequest(requestId, model, other, messages, n, limits, sampling, tools, format, thinking, hints);
    }

    public ChatRequest withMessages(List<ChatMessage> others) {
        return new ChatRequest(
                requestId, model, prompting, others, n, limits, sampling, tools, format, thinking, hints);
    }

    public ChatRequest withChoices(int wanted) {
        return new ChatRequest(
                requestId, model, prompting, messages, wanted, limits, sampling, tools, format, thinking, hints);
    }

    public ChatRequest withLimits(LengthLimits others) {
        return new ChatRequest(
                requestId, model, prompting, messages, n, others, sampling, tools, format, thinking, hints);
    }

    public ChatRequest withSampling(Sampling other) {
        return new ChatRequest(requestId, model, prompting, messages, n, limits, other, tools, format, thinking, hints);
    }

    public ChatRequest withTools(Tools others) {
        return new ChatRequest(
                requestId, model, prompting, messages, n, limits, sampling, others, format, thinking, hints);
    }

    public ChatRequest withFormat(OutputFormat other) {
        return new ChatRequest(
                requestId, model, prompting, messages, n, limits, sampling, tools, other, thinking, hints);
    }

    public ChatRequest withThinking(Thinking other) {
        return new ChatRequest(requestId, model, prompting, messages, n, limits, sampling, tools, format, other, hints);
    }

    public ChatRequest withHints(Hints others) {
        return new ChatRequest(
                requestId, model, prompting, messages, n, limits, sampling, tools, format, thinking, others);
    }
}
