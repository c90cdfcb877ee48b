package dev.pagoda.gateway.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.Role;
import dev.pagoda.gateway.openai.OpenAiServer.Answer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResponseTest {
    private final OpenAiServer server = new OpenAiServer(OpenAiServer.config());

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void answersKeepsAndGivesBack() {
        JsonNode made =
                create("\"input\":\"so it goes\",\"metadata\":{\"a\":\"b\"}").json();
        String id = made.path("id").asText();

        assertEquals("completed", made.path("status").asText());
        assertEquals("so it goes", made.at("/output/0/content/0/text").asText());
        assertEquals(10, made.at("/usage/total_tokens").asInt());
        assertEquals(made, server.get("/v1/responses/" + id).json());
        JsonNode inputs = server.get("/v1/responses/" + id + "/input_items").json();
        assertEquals("so it goes", inputs.at("/data/0/content/0/text").asText());
        assertEquals(404, server.getAsOther("/v1/responses/" + id).status());
        assertTrue(server.delete("/v1/responses/" + id).json().path("deleted").asBoolean());
        assertEquals(404, server.get("/v1/responses/" + id).status());
    }

    @Test
    void goesOnFromThePreviousResponse() {
        String first = create("\"input\":\"one\"").json().path("id").asText();
        String second = create("\"input\":\"two\",\"previous_response_id\":\"" + first + "\"")
                .json()
                .path("id")
                .asText();
        create("\"instructions\":\"be brief\",\"input\":\"three\",\"previous_response_id\":\"" + second + "\"");

        assertEquals(
                List.of("be brief", "one", "one", "two", "two", "three"),
                last().messages().stream().map(message -> message.content()).toList());
        Answer lost = create("\"input\":\"x\",\"previous_response_id\":\"resp_none\"");
        assertEquals("previous_response_not_found", lost.error().path("code").asText());
    }

    @Test
    void goesOnWithAConversation() {
        String id = server.post(
                        "/v1/conversations",
                        "{\"items\":[{\"role\":\"user\",\"content\":\"zero\"}],\"metadata\":{\"k\":\"v\"}}")
                .json()
                .path("id")
                .asText();
        create("\"input\":\"one\",\"conversation\":\"" + id + "\"");
        create("\"input\":\"two\",\"conversation\":{\"id\":\"" + id + "\"}");

        assertEquals(
                List.of("zero", "one", "one", "two"),
                last().messages().stream().map(message -> message.content()).toList());
        JsonNode items = server.get("/v1/conversations/" + id + "/items?order=asc&limit=2")
                .json();
        assertEquals("zero", items.at("/data/0/content/0/text").asText());
        assertTrue(items.path("has_more").asBoolean());
        String next = items.path("last_id").asText();
        JsonNode rest = server.get("/v1/conversations/" + id + "/items?order=asc&after=" + next)
                .json();
        assertEquals(3, rest.path("data").size());
        assertEquals(404, server.getAsOther("/v1/conversations/" + id).status());
        assertTrue(
                server.delete("/v1/conversations/" + id).json().path("deleted").asBoolean());
        assertEquals(404, server.get("/v1/conversations/" + id + "/items").status());
    }

    @Test
    void streamsEveryEventInOrderWithItsNumber() {
        Answer answer = create("\"input\":\"so it goes\",\"stream\":true");
        List<JsonNode> events = events(answer);

        assertEquals(
                List.of(
                        "response.created",
                        "response.in_progress",
                        "response.output_item.added",
                        "response.content_part.added",
                        "response.output_text.delta",
                        "response.output_text.delta",
                        "response.output_text.delta",
                        "response.output_text.done",
                        "response.content_part.done",
                        "response.output_item.done",
                        "response.completed"),
                events.stream().map(event -> event.path("type").asText()).toList());
        for (int i = 0; i < events.size(); i++) {
            assertEquals(i, events.get(i).path("sequence_number").asInt());
        }
        JsonNode whole = events.getLast().path("response");
        assertEquals("so it goes", whole.at("/output/0/content/0/text").asText());
        assertEquals(
                whole, server.get("/v1/responses/" + whole.path("id").asText()).json());
    }

    @Test
    void aFailureInMidStreamIsAnEvent() {
        List<JsonNode> events = events(createBy("breaks", "\"input\":\"a b c d\",\"stream\":true"));

        assertEquals("response.failed", events.getLast().path("type").asText());
        assertEquals("server_error", events.getLast().at("/response/error/code").asText());
    }

    @Test
    void aBackgroundResponseRunsAloneAndCanBeCancelled() {
        JsonNode begun = create("\"input\":\"so it goes\",\"background\":true").json();
        assertEquals("queued", begun.path("status").asText());
        String id = begun.path("id").asText();
        OpenAiServer.awaitTrue(() ->
                server.get("/v1/responses/" + id).json().path("status").asText().equals("completed"));

        String endless = createBy("endless", "\"input\":\"on\",\"background\":true")
                .json()
                .path("id")
                .asText();
        assertEquals(
                "cancelled",
                server.post("/v1/responses/" + endless + "/cancel", "")
                        .json()
                        .path("status")
                        .asText());
        assertEquals(
                "cancelled",
                server.get("/v1/responses/" + endless).json().path("status").asText());
        OpenAiServer.awaitTrue(() -> server.service.running.get() == 0);
        String foreground = create("\"input\":\"x\"").json().path("id").asText();
        assertEquals(
                400, server.post("/v1/responses/" + foreground + "/cancel", "").status());
    }

    @Test
    void callsAndTheirAnswersAreOneConversation() {
        create("""
                "input":[{"role":"user","content":"weather?"},
                  {"type":"function_call","call_id":"c1","name":"get_weather","arguments":"{}"},
                  {"type":"function_call_output","call_id":"c1","output":"22 degrees"}],
                "tools":[{"type":"function","name":"get_weather","parameters":{"type":"object"},"strict":true}],
                "tool_choice":{"type":"function","name":"get_weather"},
                "text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true}},
                "reasoning":{"effort":"low"}""");
        ChatRequest got = last();

        assertEquals(
                List.of(Role.USER, Role.ASSISTANT, Role.TOOL),
                got.messages().stream().map(message -> message.role()).toList());
        assertEquals("get_weather", got.messages().get(1).toolCalls().getFirst().name());
        assertEquals("c1", got.messages().get(2).toolCallId());
        assertTrue(got.thinking().isOn());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            nullValues = "-",
            value = {
                "\"input\": 5                                   | input",
                "\"input\": [{\"role\": \"king\", \"content\": \"x\"}] | input[0].role",
                "\"input\": [{\"type\": \"song\"}]              | input[0].type",
                "\"input\": \"x\", \"tools\": [{\"type\": \"web_search\"}] | tools[0].type",
                "\"input\": \"x\", \"temperature\": 3           | temperature",
                "\"input\": \"x\", \"max_output_tokens\": -1    | max_output_tokens",
                "\"input\": \"x\", \"background\": true, \"store\": false | background",
                "\"input\": \"x\", \"wish\": 1                  | wish",
                "\"input\": \"x\", \"text\": {\"format\": {\"type\": \"yaml\"}} | text.format.type",
            })
    void aBadParameterIsNamed(String fields, String parameter) {
        Answer answer = create(fields);

        assertEquals(400, answer.status(), answer.body());
        assertEquals(parameter, answer.error().path("param").asText());
    }

    private Answer create(String fields) {
        return createBy("echo", fields);
    }

    private Answer createBy(String model, String fields) {
        return server.post("/v1/responses", "{\"model\":\"" + model + "\"," + fields + "}");
    }

    private ChatRequest last() {
        return List.copyOf(server.service.chats).getLast();
    }

    private List<JsonNode> events(Answer answer) {
        var events = new ArrayList<JsonNode>();
        String[] lines = answer.body().split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            if (lines[i].startsWith("data: ")) {
                events.add(server.parse(lines[i].substring(6)));
                assertEquals("event: " + events.getLast().path("type").asText(), lines[i - 1]);
            }
        }
        return events;
    }
}
