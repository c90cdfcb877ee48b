package dev.pagoda.gateway.upstream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A server's answer as what a chat's listener hears: text, thoughts, calls of tools, and why each choice
/// ended. Of one stream and one thread.
final class AnswerReader {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DATA = "data:";

    /// Calls that have begun, by choice and place.
    private final Map<Integer, Map<Integer, Begun>> calls = new HashMap<>();

    private record Begun(String id, String name) {}

    /// What an event tells.
    sealed interface News {
        int choice();

        record More(int choice, ChatDelta delta) implements News {}

        record Finished(int choice, FinishReason reason) implements News {}
    }

    /// @param events whole ones
    /// @throws IllegalStateException when the server sends what is no chunk
    List<News> read(Buffer events) {
        List<News> news = new ArrayList<>();
        for (String line : events.toString().split("\r?\n", -1)) {
            if (line.startsWith(DATA)) {
                String data = line.substring(DATA.length()).strip();
                if (!data.equals("[DONE]") && !data.isEmpty()) {
                    chunk(parse(data), news);
                }
            }
        }
        return news;
    }

    /// A whole answer, of a server that does not stream.
    List<News> whole(Buffer body) {
        List<News> news = new ArrayList<>();
        for (JsonNode choice : parse(body.toString()).path("choices")) {
            tell(choice.path("index").asInt(), choice.path("message"), choice, news);
        }
        return news;
    }

    /// What an answer that is none says.
    static Refusal refusal(int status, Buffer body) {
        String message;
        String code;
        try {
            JsonNode error = JSON.readTree(body.getBytes()).path("error");
            message = error.isTextual() ? error.asText() : error.path("message").asText("");
            code = error.path("code").asText("");
        } catch (IOException notJson) {
            message = "";
            code = "";
        }
        Reason reason = switch (status) {
            case 400 -> Reason.INVALID;
            case 404 -> Reason.NOT_FOUND;
            case 413 -> Reason.TOO_LARGE;
            case 422 -> Reason.UNPROCESSABLE;
            case 429 -> Reason.EXHAUSTED;
            default -> Reason.UNAVAILABLE;
        };
        return Refusal.of(
                reason,
                code.isEmpty() ? "upstream_refused" : code,
                message.isEmpty() ? "the server that answers for this model refused with status " + status : message);
    }

    private static JsonNode parse(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException broken) {
            throw new IllegalStateException("what the server sent is not JSON", broken);
        }
    }

    private void chunk(JsonNode chunk, List<News> news) {
        if (chunk.hasNonNull("error")) {
            throw new IllegalStateException(chunk.path("error").path("message").asText("the server failed"));
        }
        for (JsonNode choice : chunk.path("choices")) {
            tell(choice.path("index").asInt(), choice.path("delta"), choice, news);
        }
    }

    private void tell(int index, JsonNode said, JsonNode choice, List<News> news) {
        String thought =
                said.path("reasoning_content").asText(said.path("reasoning").asText(""));
        if (!thought.isEmpty()) {
            news.add(new News.More(index, new ChatDelta.Reasoning(thought, 1)));
        }
        String text = said.path("content").asText("");
        if (!text.isEmpty()) {
            news.add(new News.More(index, new ChatDelta.Text(text, 1)));
        }
        for (JsonNode call : said.path("tool_calls")) {
            news.add(new News.More(index, call(index, call)));
        }
        if (choice.hasNonNull("finish_reason")) {
            news.add(
                    new News.Finished(index, reason(choice.path("finish_reason").asText())));
        }
    }

    private ChatDelta call(int choice, JsonNode call) {
        Map<Integer, Begun> begun = calls.computeIfAbsent(choice, none -> new HashMap<>());
        int place = call.path("index").asInt(begun.size());
        JsonNode function = call.path("function");
        boolean opens = !begun.containsKey(place);
        Begun known = begun.computeIfAbsent(
                place,
                none -> new Begun(
                        call.path("id").asText("call_" + choice + "_" + place),
                        function.path("name").asText("")));
        return new ChatDelta.ToolCall(
                place,
                known.id(),
                known.name(),
                false,
                function.path("arguments").asText(""),
                1,
                opens);
    }

    private static FinishReason reason(String told) {
        return switch (told) {
            case "length" -> FinishReason.LENGTH;
            case "tool_calls", "function_call" -> FinishReason.TOOL_CALLS;
            case "content_filter" -> FinishReason.CONTENT_FILTER;
            default -> FinishReason.STOP;
        };
    }
}
