package dev.pagoda.gateway.cassette;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.backend.Tokens;
import dev.pagoda.gateway.cassette.Interaction.Answer;
import dev.pagoda.gateway.cassette.Interaction.Piece;
import dev.pagoda.gateway.cassette.Script.Said;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a script says, as OpenAI's chat completion or its chunks. The same request has the same bytes.
final class ScriptedAnswer {
    /// Of all scripted answers, as nothing in them may depend on the day.
    private static final long CREATED = 1_700_000_000;
    private static final Pattern WORDS = Pattern.compile("(?<=\\s)(?=\\S)");
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final JsonNode request;
    private final Said said;
    private final String id;

    private ScriptedAnswer(JsonNode request, Said said, long salt) {
        this.request = request;
        this.said = said;
        this.id = Long.toHexString(salt);
    }

    /// @param request canonical
    /// @return empty when no rule fits
    static Optional<Answer> of(Script script, JsonNode request) {
        // hashes of strings are the same everywhere
        long salt = request.toString().hashCode() * 0x9e3779b97f4a7c15L;
        return script.answer(request.path("model").asText(), lastOfUser(request), salt)
                .map(said -> new ScriptedAnswer(request, said, salt).answer());
    }

    private static String lastOfUser(JsonNode request) {
        String last = "";
        for (JsonNode message : request.path("messages")) {
            if (message.path("role").asText().equals("user")) {
                JsonNode content = message.path("content");
                var text = new StringBuilder(content.isTextual() ? content.textValue() : "");
                content.forEach(part -> text.append(part.path("text").asText()));
                last = text.toString();
            }
        }
        return last;
    }

    private Answer answer() {
        int start = said.rule().startMillis();
        Script.Fault error = said.rule().error();
        if (error != null) {
            String message = error.message() == null ? "this error is in the script" : error.message();
            String body = Errors.body(message, error.status() == 429 ? "rate_limit_exceeded" : "scripted_error");
            int retryAfter = Objects.requireNonNullElse(error.retryAfter(), 0);
            return new Answer(error.status(), "application/json", retryAfter, List.of(new Piece(start, body)));
        }
        return request.path("stream").asBoolean()
                ? new Answer(200, "text/event-stream", 0, events(start))
                : new Answer(200, "application/json", 0, List.of(new Piece(start, whole().toString())));
    }

    private ObjectNode whole() {
        ObjectNode root = head("chat.completion");
        ObjectNode choice = root.putArray("choices").addObject().put("index", 0);
        ObjectNode message = choice.putObject("message").put("role", "assistant");
        message.put("content", said.text().isEmpty() && !said.calls().isEmpty() ? null : said.text());
        message.putNull("refusal");
        if (!said.calls().isEmpty()) {
            ArrayNode calls = message.putArray("tool_calls");
            for (int i = 0; i < said.calls().size(); i++) {
                calls.add(call(i, said.calls().get(i)));
            }
        }
        choice.putNull("logprobs").put("finish_reason", finish());
        root.set("usage", usage());
        return root;
    }

    private List<Piece> events(int start) {
        List<ObjectNode> deltas = new ArrayList<>();
        deltas.add(NODES.objectNode().put("role", "assistant").put("content", ""));
        if (!said.text().isEmpty()) {
            for (String word : WORDS.split(said.text(), -1)) {
                deltas.add(NODES.objectNode().put("content", word));
            }
        }
        for (int i = 0; i < said.calls().size(); i++) {
            ObjectNode delta = NODES.objectNode();
            delta.putArray("tool_calls").add(call(i, said.calls().get(i)).put("index", i));
            deltas.add(delta);
        }
        List<Piece> pieces = new ArrayList<>();
        long at = start;
        for (ObjectNode delta : deltas) {
            pieces.add(new Piece(at, event(chunk(delta, null))));
            at += said.rule().gapMillis();
        }
        var last = new StringBuilder(event(chunk(NODES.objectNode(), finish())));
        if (request.path("stream_options").path("include_usage").asBoolean()) {
            ObjectNode root = head("chat.completion.chunk");
            root.putArray("choices");
            root.set("usage", usage());
            last.append(event(root));
        }
        pieces.add(new Piece(at, last + "data: [DONE]\n\n"));
        return pieces;
    }

    private ObjectNode chunk(ObjectNode delta, @Nullable String finish) {
        ObjectNode root = head("chat.completion.chunk");
        ObjectNode choice = root.putArray("choices").addObject().put("index", 0);
        choice.set("delta", delta);
        choice.putNull("logprobs").put("finish_reason", finish);
        return root;
    }

    private ObjectNode head(String object) {
        return NODES.objectNode()
                .put("id", "chatcmpl-" + id)
                .put("object", object)
                .put("created", CREATED)
                .put("model", request.path("model").asText());
    }

    private ObjectNode call(int index, Map.Entry<String, String> each) {
        ObjectNode call =
                NODES.objectNode().put("id", "call_" + id + "_" + index).put("type", "function");
        call.putObject("function").put("name", each.getKey()).put("arguments", each.getValue());
        return call;
    }

    private ObjectNode usage() {
        int prompt = Tokens.count(request.path("messages").toString());
        int completion = Tokens.count(said.text());
        for (Map.Entry<String, String> call : said.calls()) {
            completion += Tokens.count(call.getKey()) + Tokens.count(call.getValue());
        }
        return NODES.objectNode()
                .put("prompt_tokens", prompt)
                .put("completion_tokens", Math.max(1, completion))
                .put("total_tokens", prompt + Math.max(1, completion));
    }

    private String finish() {
        return said.calls().isEmpty() ? "stop" : "tool_calls";
    }

    private static String event(ObjectNode node) {
        return "data: " + node + "\n\n";
    }
}
