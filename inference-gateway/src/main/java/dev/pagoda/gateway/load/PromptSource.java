package dev.pagoda.gateway.load;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/// The bodies of the requests of one run, drawn by seed: each prompt differs, so that no cache answers for the engine.
final class PromptSource {
    /// Words that are one token each in `cl100k_base` when a space stands before them.
    private static final String[] WORDS = {
        "river", "market", "season", "mountain", "letter", "garden", "bridge", "system", "number", "history", "winter",
        "window", "music", "science", "island", "forest", "engine", "paper", "village", "story", "planet", "student",
        "teacher", "doctor", "kitchen", "summer", "animal", "school", "water", "stone", "light", "travel", "memory",
        "figure", "record", "energy", "moment", "level", "process", "country"
    };

    private final ObjectMapper json = new ObjectMapper();
    private final LoadPlan plan;
    private final SplittableRandom random;

    PromptSource(LoadPlan plan) {
        this.plan = plan;
        this.random = new SplittableRandom(plan.seed() ^ 0x70726f6d7074L);
    }

    /// The next prompt: one word a token.
    String nextPrompt() {
        var text = new StringBuilder(plan.promptTokens() * 8);
        for (int i = 0; i < plan.promptTokens(); i++) {
            text.append(' ').append(WORDS[random.nextInt(WORDS.length)]);
        }
        return text.toString();
    }

    /// The next request body, UTF-8 JSON of a streaming chat completion that asks for its usage.
    byte[] nextBody() {
        ObjectNode body = json.createObjectNode();
        body.put("model", plan.model());
        body.putArray("messages").addObject().put("role", "user").put("content", nextPrompt());
        body.put("max_tokens", plan.maxTokens());
        body.put("stream", true);
        body.putObject("stream_options").put("include_usage", true);
        if (plan.ignoreEos()) {
            body.put("ignore_eos", true);
        }
        return body.toString().getBytes(StandardCharsets.UTF_8);
    }
}
