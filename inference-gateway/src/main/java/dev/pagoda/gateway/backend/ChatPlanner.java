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

    private final GroundedResponder responder;

    ChatPlanner(GroundedResponder responder) {
        this.responder = responder;
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
        var bounds = new Script.Bounds(
                request.limits().maxTokens().orElse((int) room),
                request.limits().minTokens(),
                request.limits().ignoreEos(),
                request.limits().stop());
        Grounding grounding = Grounding.of(request.messages());
        Language language = Language.of(grounding.question());
        long base = request.sampling().seed().orElse(request.requestId().hashCode());
        Map<String, Script> written = new HashMap<>();
        List<Script> scripts = new ArrayList<>(request.n());
        for (int choice = 0; choice < request.n(); choice++) {
            long seed = request.sampling().temperature() == 0 ? 0 : base + choice;
            String text = responder.respond(request.model(), grounding, seed);
            scripts.add(written.computeIfAbsent(text, key -> Script.write(key, language, bounds)));
        }
        return new ChatPlan(prompt, scripts);
    }
}
