package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.engine.Prompt;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Settles what chats will say.
///
/// Deterministic: the same request gets the same plan. Safe from any thread if its responder is.
final class ChatPlanner {
    /// Longer conversations are not counted on an event loop.
    private static final int LIGHT_CHARS = 8_000;

    /// Tokens over all choices of one request that are made on an event loop.
    private static final int LIGHT_TOKENS = 20_000;

    private final AnswerWriter writer;

    ChatPlanner(GroundedResponder responder) {
        this.writer = new AnswerWriter(responder);
    }

    /// Whether planning takes long enough, above about 0.3 ms, to belong on another thread than an event loop.
    static boolean isHeavy(ChatRequest request, int contextTokens) {
        long chars = 0;
        for (ChatMessage message : request.messages()) {
            chars += message.content().length();
        }
        long longest = request.limits().ignoreEos()
                ? request.limits().maxTokens().orElse(contextTokens)
                : Math.min(request.limits().minTokens(), contextTokens);
        return !Tokens.isLoaded()
                || AnswerWriter.isHeavy(request)
                || chars > LIGHT_CHARS
                || longest * request.n() > LIGHT_TOKENS
                || !Grounding.of(request.messages()).passages().isEmpty();
    }

    /// @param contextTokens the model's context
    /// @throws Refused if the conversation and the answer asked for exceed the context
    ChatPlan plan(ChatRequest request, int contextTokens) {
        Tokens.load();
        Prompt prompt = PromptReading.of(request);
        int promptTokens = prompt.tokens();
        long room = (long) contextTokens - promptTokens;
        int wanted = Math.max(
                request.limits().maxTokens().orElse(1),
                Math.max(1, request.limits().minTokens()));
        if (wanted > room) {
            throw new Refused(
                    Reason.INVALID,
                    "context_length_exceeded",
                    "This model's maximum context length is " + contextTokens + " tokens, but "
                            + (promptTokens + (long) wanted) + " were requested: " + promptTokens
                            + " in the messages and " + wanted + " in the completion.");
        }
        int maxTokens = Math.min(request.limits().maxTokens().orElse((int) room), (int) room);
        Grounding grounding = Grounding.of(request.messages());
        Language language = Language.of(grounding.question());
        long base = request.sampling().seed().orElse(request.requestId().hashCode());
        Map<List<Segment>, Script> written = new HashMap<>();
        List<Script> scripts = new ArrayList<>(request.n());
        for (int choice = 0; choice < request.n(); choice++) {
            long seed = request.sampling().temperature() == 0 ? 0 : base + choice;
            List<Segment> segments = writer.write(request, grounding, choice, seed);
            Script.Bounds bounds = bounds(request, segments, maxTokens);
            scripts.add(written.computeIfAbsent(segments, key -> Script.write(key, language, bounds)));
        }
        return new ChatPlan(prompt, scripts);
    }

    /// Only plain text goes on beyond its end: more of anything else would break its form.
    private static Script.Bounds bounds(ChatRequest request, List<Segment> segments, int maxTokens) {
        LengthLimits limits = request.limits();
        boolean isPlain = request.format() instanceof OutputFormat.Text && segments.getLast() instanceof Segment.Words;
        return new Script.Bounds(
                maxTokens, isPlain ? limits.minTokens() : 0, isPlain && limits.ignoreEos(), limits.stop());
    }
}
