package dev.pagoda.gateway.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.Role;
import dev.pagoda.gateway.openai.OpenAiServer.Answer;
import dev.pagoda.gateway.protocol.Parameters;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
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
    void aKeptResponseIsStreamedAgainFromAnyEvent() {
        for (String fields :
                List.of("\"input\":\"so it goes\"", "\"input\":\"so it goes\",\"background\":true,\"stream\":true")) {
            Answer made = create(fields);
            String id = made.json().has("id")
                    ? made.json().path("id").asText()
                    : events(made).getFirst().at("/response/id").asText();
            List<JsonNode> all = events(server.get("/v1/responses/" + id + "?stream=true"));
            List<JsonNode> rest = events(server.get("/v1/responses/" + id + "?stream=true&starting_after=3"));

            assertEquals("response.created", all.getFirst().path("type").asText());
            assertEquals("response.completed", all.getLast().path("type").asText());
            assertEquals(all.subList(4, all.size()), rest);
            assertEquals(
                    "so it goes",
                    all.stream().map(event -> event.path("delta").asText()).collect(Collectors.joining()));
            assertEquals(server.get("/v1/responses/" + id).json(), all.getLast().path("response"));
            assertEquals(
                    400,
                    server.get("/v1/responses/" + id + "?stream=true&starting_after=x")
                            .status());
        }
    }

    @Test
    void aBackgroundStreamOutlivesItsConnectionAndIsJoinedByOthers() throws Exception {
        List<JsonNode> told = events(create("\"input\":\"so it goes\",\"background\":true,\"stream\":true"));
        String id = told.getFirst().at("/response/id").asText();
        assertEquals("response.queued", told.get(1).path("type").asText());
        assertEquals(told, events(server.get("/v1/responses/" + id + "?stream=true")));

        HttpRequest endless = server.request("/v1/responses")
                .POST(BodyPublishers.ofString(
                        "{\"model\":\"endless\",\"input\":\"on\",\"background\":true,\"stream\":true}"))
                .build();
        String running;
        try (HttpClient client = HttpClient.newHttpClient();
                InputStream stream =
                        client.send(endless, BodyHandlers.ofInputStream()).body()) {
            var reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
            reader.readLine();
            running = server.parse(reader.readLine().substring("data: ".length()))
                    .at("/response/id")
                    .asText();
            client.shutdownNow();
        }
        assertEquals(1, server.service.running.get());
        assertEquals(
                "in_progress",
                server.get("/v1/responses/" + running).json().path("status").asText());
        CompletableFuture<Answer> joined = CompletableFuture.supplyAsync(
                () -> server.get("/v1/responses/" + running + "?stream=true&starting_after=1"));
        OpenAiServer.awaitTrue(() -> server.exchanges.count() == 1);
        server.post("/v1/responses/" + running + "/cancel", "");
        List<JsonNode> rest = events(joined.get(60, TimeUnit.SECONDS));
        assertEquals(2, rest.getFirst().path("sequence_number").asInt());
        assertEquals("response.output_item.done", rest.getLast().path("type").asText());
        String silent = createBy("endless", "\"input\":\"on\",\"background\":true")
                .json()
                .path("id")
                .asText();
        assertEquals(400, server.get("/v1/responses/" + silent + "?stream=true").status());
        server.post("/v1/responses/" + silent + "/cancel", "");
    }

    @Test
    void aConversationIsMadeShorterAndGoneOnFrom() {
        JsonNode compacted = server.post(
                        "/v1/responses/compact",
                        "{\"model\":\"echo\",\"input\":[{\"role\":\"user\",\"content\":\"one\"},"
                                + "{\"role\":\"assistant\",\"content\":\"two\"}]}")
                .json();

        assertEquals("response.compaction", compacted.path("object").asText());
        assertEquals(List.of("message", "compaction"), types(compacted.path("output")));
        assertEquals(Compaction.QUESTION, last().messages().getLast().content());
        create("\"input\":" + compacted.path("output"));
        assertEquals("one", last().messages().getFirst().content());
        // the echo's summary is the question
        assertTrue(last().messages().getLast().content().endsWith(Compaction.QUESTION));
        create(
                "\"input\":[{\"type\":\"compaction\",\"encrypted_content\":\"gAAAAA\"},{\"role\":\"user\",\"content\":\"x\"}]");
        assertEquals(1, last().messages().size());
        assertEquals(
                "input",
                server.post("/v1/responses/compact", "{\"model\":\"echo\"}")
                        .error()
                        .path("param")
                        .asText());
    }

    @Test
    void itemsThatAreNamedStandInTheirPlace() {
        JsonNode first = create("\"input\":\"one\"").json();
        String item = first.at("/output/0/id").asText();
        JsonNode next = create("\"input\":[{\"type\":\"item_reference\",\"id\":\"" + item + "\"},{\"id\":\"" + item
                        + "\"},{\"role\":\"user\",\"content\":\"two\"}]")
                .json();

        assertEquals(
                List.of("one", "one", "two"),
                last().messages().stream().map(message -> message.content()).toList());
        assertEquals(Role.ASSISTANT, last().messages().getFirst().role());
        assertEquals(
                List.of("message", "message", "message"),
                types(server.get("/v1/responses/" + next.path("id").asText() + "/input_items")
                        .json()
                        .path("data")));

        String conversation = server.post("/v1/conversations", "{\"items\":[{\"role\":\"user\",\"content\":\"zero\"}]}")
                .json()
                .path("id")
                .asText();
        String zero = server.get("/v1/conversations/" + conversation + "/items")
                .json()
                .path("first_id")
                .asText();
        create("\"input\":[{\"type\":\"item_reference\",\"id\":\"" + zero + "\"}]");
        assertEquals("zero", last().messages().getLast().content());

        String unkept = create("\"input\":\"one\",\"store\":false")
                .json()
                .at("/output/0/id")
                .asText();
        for (String lost : List.of(unkept, "msg_none", item + "0")) {
            assertEquals(
                    404,
                    create("\"input\":[{\"type\":\"item_reference\",\"id\":\"" + lost + "\"}]")
                            .status());
        }
    }

    @Test
    void theOldestIsLeftOutOfWhatDoesNotFitIfItMayBe() {
        String long1 = "word ".repeat(3_000);
        String input = "\"instructions\":\"be brief\",\"input\":[{\"role\":\"user\",\"content\":\"" + long1
                + "\"},{\"role\":\"user\",\"content\":\"" + long1 + "\"},{\"role\":\"user\",\"content\":\"now\"}]";
        create(input);
        assertEquals(4, last().messages().size());

        create(input + ",\"truncation\":\"auto\"");
        assertEquals(
                List.of("be brief", long1, "now"),
                last().messages().stream().map(message -> message.content()).toList());
    }

    @Test
    void thoughtsComeInAFormToBeSentBackWhenAskedFor() {
        JsonNode plain = createBy("worker", "\"input\":\"x\"").json().at("/output/0");
        JsonNode packed = createBy(
                        "worker", "\"input\":\"x\",\"store\":false,\"include\":[\"reasoning.encrypted_content\"]")
                .json()
                .at("/output/0");

        assertEquals("reasoning", plain.path("type").asText());
        assertTrue(plain.path("encrypted_content").isMissingNode());
        assertTrue(packed.path("encrypted_content").asText().length() > 10, packed.toString());
        assertEquals(
                200,
                create("\"input\":[" + packed + ",{\"role\":\"user\",\"content\":\"y\"}]")
                        .status());
        assertEquals(1, last().messages().size());
    }

    @Test
    void thoughtsAreToldInShortWhenAskedFor() {
        String fields = "\"input\":\"x\",\"stream\":true,\"reasoning\":{\"summary\":\"auto\"}";
        List<JsonNode> events = events(createBy("worker", fields));
        List<JsonNode> short1 = events.stream()
                .filter(event -> event.path("type").asText().startsWith("response.reasoning_summary"))
                .toList();

        assertEquals(
                List.of("part.added", "text.delta", "text.done", "part.done"),
                short1.stream()
                        .map(event -> event.path("type").asText().substring("response.reasoning_summary_".length()))
                        .toList());
        assertEquals("Let me see.", short1.get(1).path("delta").asText());
        JsonNode whole = events.getLast().path("response");
        assertEquals("Let me see.", whole.at("/output/0/summary/0/text").asText());
        assertEquals(
                List.of("response.content_part.added", "response.reasoning_text.delta"),
                events.subList(3, 5).stream()
                        .map(event -> event.path("type").asText())
                        .toList());
        List<JsonNode> again =
                events(server.get("/v1/responses/" + whole.path("id").asText() + "?stream=true"));
        assertEquals(
                short1.stream().map(event -> event.path("type").asText()).toList(),
                again.stream()
                        .map(event -> event.path("type").asText())
                        .filter(type -> type.startsWith("response.reasoning_summary"))
                        .toList());
        assertTrue(createBy("worker", "\"input\":\"x\"")
                .json()
                .at("/output/0/summary")
                .isEmpty());
    }

    @ParameterizedTest
    @CsvSource({"auto,A b. C d! E f?", "concise,A b.", "detailed,A b. C d! E f? G h."})
    void aSummaryIsOfTheFirstSentences(String form, String summary) {
        var reasoning = Parameters.of(server.parse("{\"summary\":\"" + form + "\"}"), "reasoning");

        assertEquals(summary, ReasoningSummary.of(reasoning).of("A b. C d! E f? G h. "));
        assertEquals("", ReasoningSummary.of(reasoning).of(""));
    }

    private static List<String> types(JsonNode items) {
        return StreamSupport.stream(items.spliterator(), false)
                .map(item -> item.path("type").asText())
                .toList();
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
                "\"input\": \"x\", \"include\": [\"all\"]       | include[0]",
                "\"input\": \"x\", \"reasoning\": {\"summary\": \"long\"} | reasoning.summary",
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

    @Test
    void anItemThatIsSentToAnotherConversationStaysWhereItWas() {
        String first = server.post(
                        "/v1/conversations",
                        "{\"items\":[{\"type\":\"message\",\"role\":\"user\",\"content\":\"so it goes\"}]}")
                .json()
                .path("id")
                .asText();
        JsonNode item =
                server.get("/v1/conversations/" + first + "/items").json().at("/data/0");
        String second = server.post("/v1/conversations", "{}").json().path("id").asText();
        JsonNode added = server.post("/v1/conversations/" + second + "/items", "{\"items\":[" + item + "]}")
                .json();

        assertNotEquals(item.path("id"), added.at("/data/0/id"));
        assertEquals(
                item, server.get("/v1/conversations/" + first + "/items").json().at("/data/0"));
        assertEquals(
                added.at("/data/0"),
                server.get("/v1/conversations/" + second + "/items").json().at("/data/0"));
    }

    @Test
    void aConversationThatIsTooLongToBeHeldIsRefused() {
        String id = server.post("/v1/conversations", "{}").json().path("id").asText();
        String long5 = "\"" + "so it goes ".repeat(500_000) + "\"";
        for (int i = 0; i < 7; i++) {
            assertEquals(
                    200,
                    server.post(
                                    "/v1/conversations/" + id + "/items",
                                    "{\"items\":[{\"type\":\"message\",\"role\":\"user\",\"content\":" + long5 + "}]}")
                            .status());
        }
        Answer refused = create("\"input\":\"x\",\"conversation\":\"" + id + "\"");

        assertEquals(413, refused.status(), refused.toString());
        JsonNode page = server.get("/v1/conversations/" + id + "/items").json();
        assertTrue(page.path("data").size() < 7 && page.path("has_more").asBoolean(), "a page is shorter then");
    }
}
