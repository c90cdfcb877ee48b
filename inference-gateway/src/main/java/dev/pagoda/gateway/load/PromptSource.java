package dev.pagoda.gateway.load;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.study.TimedRequest;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/// The bodies of the requests of one run, drawn by seed: prompts differ but for what they are meant to share, so that
/// no cache answers for the engine that would not in earnest.
final class PromptSource {
    /// Words that are one token each in `cl100k_base` when a space stands before them.
    private static final String[] WORDS = {
        "river", "market", "season", "mountain", "letter", "garden", "bridge", "system", "number", "history", "winter",
        "window", "music", "science", "island", "forest", "engine", "paper", "village", "story", "planet", "student",
        "teacher", "doctor", "kitchen", "summer", "animal", "school", "water", "stone", "light", "travel", "memory",
        "figure", "record", "energy", "moment", "level", "process", "country"
    };

    /// Tokens of a block of a trace's prompt, which blocks of the same name share.
    private static final int BLOCK_TOKENS = 16;

    private final ObjectMapper json = new ObjectMapper();
    private final LoadPlan plan;
    private final SplittableRandom random;
    private int replayed;

    PromptSource(LoadPlan plan) {
        this.plan = plan;
        this.random = new SplittableRandom(plan.seed() ^ 0x70726f6d7074L);
    }

    /// A message of a user and how long the answer may be.
    record Ask(String prompt, int maxTokens) {}

    /// The next one; of a replayed trace the next in its order, then from its beginning again.
    Ask next() {
        if (plan.arrivals() instanceof Arrivals.Replay replay) {
            TimedRequest request =
                    replay.requests().get(replayed++ % replay.requests().size());
            return new Ask(text(request), request.outputTokens());
        }
        Content content = plan.content();
        int tokens = content.prompts().draw(random);
        var text = new StringBuilder(tokens * 8);
        int shared = Math.min(tokens, content.sharedTokens());
        if (shared > 0) {
            words(
                    text,
                    shared,
                    new SplittableRandom(plan.seed() ^ (0x7072656669780000L + random.nextInt(content.prefixes()))));
        }
        words(text, tokens - shared, random);
        return new Ask(text.toString(), content.answers().draw(random));
    }

    private static String text(TimedRequest request) {
        int left = request.prompt().tokens();
        var text = new StringBuilder(left * 8);
        for (long name : request.prompt().blockNames()) {
            int tokens = Math.min(left, BLOCK_TOKENS);
            words(text, tokens, new SplittableRandom(name));
            left -= tokens;
        }
        // what is no whole block belongs to this prompt alone
        words(text, left, new SplittableRandom(request.arrivalNanos()));
        return text.toString();
    }

    private static void words(StringBuilder text, int count, SplittableRandom drawn) {
        for (int i = 0; i < count; i++) {
            text.append(' ').append(WORDS[drawn.nextInt(WORDS.length)]);
        }
    }

    /// A conversation that has not begun.
    ArrayNode conversation() {
        return json.createArrayNode();
    }

    /// The body of a request with what was said before: UTF-8 JSON of a streaming chat completion that asks for its
    /// usage. The message is added to what was said.
    byte[] body(ArrayNode conversation, Ask ask) {
        conversation.addObject().put("role", "user").put("content", ask.prompt());
        ObjectNode body = json.createObjectNode();
        body.put("model", plan.model());
        body.set("messages", conversation);
        body.put("max_tokens", ask.maxTokens());
        body.put("stream", true);
        body.putObject("stream_options").put("include_usage", true);
        if (plan.ignoreEos()) {
            body.put("ignore_eos", true);
        }
        return body.toString().getBytes(StandardCharsets.UTF_8);
    }
}
