package dev.pagoda.gateway.anthropic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ContentPart;
import dev.pagoda.gateway.backend.Role;
import dev.pagoda.gateway.backend.Tools;
import dev.pagoda.gateway.protocol.ProtocolServer;
import dev.pagoda.gateway.protocol.ProtocolServer.Answer;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MessagesTest {
    private static final String PNG =
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    private static final ProtocolServer SERVER = new ProtocolServer((base, root) -> new AnthropicRoutes(
                    new AnthropicRoutes.Ground(base.floor, base.exchanges, base.clock),
                    base.service,
                    ProtocolServer.BOUNDS)
            .mount(root));

    @BeforeEach
    void forget() {
        SERVER.service.chats.clear();
        SERVER.service.cancelled.set(0);
    }

    @AfterAll
    static void stop() {
        SERVER.close();
    }

    @Test
    void answersWithAWholeMessage() {
        Answer answer = message("""
                {"model":"echo","max_tokens":100,"messages":[{"role":"user","content":"well met"}]}""");

        assertEquals(200, answer.status(), answer.body());
        JsonNode message = answer.json();
        assertEquals("message", message.path("type").asText());
        assertEquals("assistant", message.path("role").asText());
        assertEquals("echo", message.path("model").asText());
        assertEquals("well met", message.at("/content/0/text").asText());
        assertEquals("end_turn", message.path("stop_reason").asText());
        assertTrue(message.path("stop_sequence").isNull());
        assertEquals(7, message.at("/usage/input_tokens").asInt());
        assertEquals(2, message.at("/usage/output_tokens").asInt());
        String id = message.path("id").asText();
        assertTrue(id.startsWith("msg_"), id);
        assertEquals("req_" + id.substring(4), answer.header("request-id"));
        assertEquals(id, answer.header("x-request-id"));
    }

    @Test
    void tellsThoughtsTextAndToolUsesAsBlocks() {
        JsonNode message = message("""
                {"model":"worker","max_tokens":2000,"thinking":{"type":"enabled","budget_tokens":1024},
                 "tools":[{"name":"weather","input_schema":{"type":"object"}}],
                 "messages":[{"role":"user","content":"Oslo and Rome"}]}""").json();

        assertEquals(
                List.of("thinking", "text", "tool_use", "tool_use"),
                message.path("content").findValuesAsText("type").stream()
                        .filter(type -> !type.equals("direct"))
                        .toList());
        assertEquals("Let me see.", message.at("/content/0/thinking").asText());
        assertFalse(message.at("/content/0/signature").asText().isEmpty());
        assertEquals("toolu_a", message.at("/content/2/id").asText());
        assertEquals("Rome", message.at("/content/3/input/city").asText());
        assertEquals("tool_use", message.path("stop_reason").asText());
        assertEquals(3, message.at("/usage/input_tokens").asInt());
        assertEquals(4, message.at("/usage/cache_read_input_tokens").asInt());
        assertEquals(
                3, message.at("/usage/output_tokens_details/thinking_tokens").asInt());
    }

    @Test
    void streamsEachBlockWithItsStartDeltasAndStop() {
        Answer answer = message("""
                {"model":"worker","max_tokens":2000,"stream":true,
                 "tools":[{"name":"weather","input_schema":{"type":"object"}}],
                 "messages":[{"role":"user","content":"Oslo and Rome"}]}""");

        assertEquals("text/event-stream; charset=utf-8", answer.header("content-type"));
        List<JsonNode> events = events(answer);
        assertEquals(
                "message_start block_start:thinking ping thinking_delta thinking_delta signature_delta block_stop"
                        + " block_start:text text_delta block_stop"
                        + " block_start:tool_use input_json_delta input_json_delta input_json_delta block_stop"
                        + " block_start:tool_use input_json_delta input_json_delta input_json_delta block_stop"
                        + " message_delta message_stop",
                events.stream().map(MessagesTest::kind).collect(Collectors.joining(" ")));
        assertEquals(7, events.getFirst().at("/message/usage/input_tokens").asInt());
        assertTrue(events.getFirst().at("/message/stop_reason").isNull());
        String input = events.stream()
                .filter(event -> event.path("index").asInt(-1) == 3)
                .map(event -> event.at("/delta/partial_json").asText())
                .collect(Collectors.joining());
        assertEquals("{\"city\":\"Rome\"}", input);
        JsonNode last = events.get(events.size() - 2);
        assertEquals("tool_use", last.at("/delta/stop_reason").asText());
        assertEquals(20, last.at("/usage/output_tokens").asInt());
    }

    @Test
    void hidesThoughtsThatAreToBeOmittedButSignsThem() {
        Answer answer = message("""
                {"model":"worker","max_tokens":2000,"stream":true,
                 "thinking":{"type":"adaptive","display":"omitted"},
                 "messages":[{"role":"user","content":"x"}]}""");

        List<String> kinds = events(answer).stream().map(MessagesTest::kind).toList();
        assertFalse(kinds.contains("thinking_delta"), kinds.toString());
        assertTrue(kinds.contains("signature_delta"), kinds.toString());
    }

    @Test
    void endsABrokenStreamWithAnErrorEvent() {
        Answer answer = message("""
                {"model":"breaks","max_tokens":20,"stream":true,"messages":[{"role":"user","content":"a b c d"}]}""");

        JsonNode last = events(answer).getLast();
        assertEquals("error", last.path("type").asText());
        assertEquals("overloaded_error", last.at("/error/type").asText());
        assertEquals(answer.header("request-id"), last.path("request_id").asText());
    }

    @Test
    void readsTheWholeConversation() {
        message("""
                {"model":"echo","max_tokens":5,"temperature":0.5,"top_p":0.9,"stop_sequences":["END"],
                 "metadata":{"user_id":"u1"},
                 "system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}}],
                 "tools":[{"name":"weather","description":"tells it","input_schema":{"type":"object"}},
                          {"name":"other","input_schema":{"type":"object"}}],
                 "tool_choice":{"type":"tool","name":"weather","disable_parallel_tool_use":true},
                 "messages":[
                   {"role":"user","content":[{"type":"text","text":"What is it like?"},
                     {"type":"image","source":{"type":"base64","media_type":"image/png","data":"%s"}}]},
                   {"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"s"},
                     {"type":"text","text":"I look."},
                     {"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Oslo"}}]},
                   {"role":"user","content":[
                     {"type":"tool_result","tool_use_id":"toolu_1","content":[{"type":"text","text":"cold"}]},
                     {"type":"text","text":"So?"}]}]}""".formatted(PNG));

        ChatRequest request = SERVER.service.chats.remove();
        assertEquals(
                List.of(Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.TOOL, Role.USER),
                request.messages().stream().map(each -> each.role()).toList());
        assertEquals(1, ((ContentPart.Image) request.messages().get(1).parts().get(1)).width());
        assertEquals(
                "{\"city\":\"Oslo\"}",
                request.messages().get(2).toolCalls().getFirst().arguments());
        assertEquals("I look.", request.messages().get(2).content());
        assertEquals("toolu_1", request.messages().get(3).toolCallId());
        assertEquals(List.of("END"), request.limits().stop());
        assertEquals(5, request.limits().maxTokens().orElseThrow());
        assertEquals(0.5, request.sampling().temperature());
        assertEquals(new Tools.Choice.Named("weather"), request.tools().choice());
        assertFalse(request.tools().parallel());
        assertEquals("u1", request.hints().user());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'max_tokens':1,'messages':[]} | model: Field required",
                "{'model':'echo','messages':[]} | max_tokens: Field required",
                "{'model':'echo','max_tokens':0} | max_tokens: Input should be greater than or equal to 1",
                "{'model':'echo','max_tokens':9223372036854775808} | max_tokens: Input should be less than or equal to 2147483647",
                "{'model':'echo','max_tokens':1,'messages':[]} | messages: at least one message is required",
                "{'model':'echo','max_tokens':1,'messages':[{'role':'tool','content':'x'}]} | messages.0.role: Input should be 'user', 'assistant' or 'system'",
                "{'model':'echo','max_tokens':1,'messages':[{'role':'user','content':7}]} | messages.0.content: Input should be a valid string or list",
                "{'model':'echo','max_tokens':1,'messages':[{'role':'user','content':[{'type':'text'}]}]} | messages.0.content.0.text: Field required",
                "{'model':'echo','max_tokens':1,'messages':[{'role':'assistant','content':'x'}]} | messages: first message must use the \"user\" role",
                "{'model':'echo','max_tokens':1,'foo':1,'messages':[]} | foo: Extra inputs are not permitted",
                "{'model':'echo','max_tokens':1,'temperature':1.5,'messages':[{'role':'user','content':'x'}]} | temperature: Input should be less than or equal to 1",
                "{'model':'echo','max_tokens':1,'tools':[{'name':'a b','input_schema':{'type':'object'}}],'messages':[{'role':'user','content':'x'}]} | tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'",
                "{'model':'echo','max_tokens':1,'messages':[{'role':'user','content':[{'type':'tool_result','tool_use_id':'t'}]}]} | messages.0: unexpected `tool_use_id` found in `tool_result` blocks: t. Each `tool_result` block must have a corresponding `tool_use` block in the previous message.",
                "{'model':'echo','max_tokens':2000,'thinking':{'type':'enabled','budget_tokens':2000},'messages':[{'role':'user','content':'x'}]} | `max_tokens` must be greater than `thinking.budget_tokens`.",
            })
    void tellsWhatIsWrong(String body, String message) {
        Answer answer = message(body.replace('\'', '"'));

        assertEquals(400, answer.status());
        assertEquals("error", answer.json().path("type").asText());
        assertEquals("invalid_request_error", answer.json().at("/error/type").asText());
        assertEquals(message, answer.json().at("/error/message").asText());
        assertEquals(
                answer.header("request-id"), answer.json().path("request_id").asText());
        assertTrue(SERVER.service.chats.isEmpty());
    }

    @Test
    void usesItsOwnStatusesAndTypes() {
        Answer busy = message(asking("busy"));
        assertEquals(529, busy.status());
        assertEquals("overloaded_error", busy.json().at("/error/type").asText());
        assertEquals("3", busy.header("retry-after"));

        Answer unknown = message(asking("none"));
        assertEquals(404, unknown.status());
        assertEquals("not_found_error", unknown.json().at("/error/type").asText());

        Answer stranger = SERVER.send(
                HttpRequest.newBuilder(SERVER.request("/v1/messages").build().uri())
                        .header("x-api-key", "bad")
                        .POST(BodyPublishers.ofString("{}")));
        assertEquals(401, stranger.status());
        assertEquals("authentication_error", stranger.json().at("/error/type").asText());
        assertEquals("invalid x-api-key", stranger.json().at("/error/message").asText());

        assertEquals(400, SERVER.post("/v1/messages", asking("echo")).status());
        assertEquals(405, SERVER.send(versioned("/v1/messages").GET()).status());
        assertEquals(500, message(asking("faulty")).status());
    }

    @Test
    void aClientThatLeavesEndsItsMessage() throws Exception {
        var open = java.net.http.HttpClient.newHttpClient();
        var stream = open.send(
                versioned("/v1/messages").POST(BodyPublishers.ofString("""
                                {"model":"endless","max_tokens":2000000,"stream":true,
                                 "messages":[{"role":"user","content":"x "}]}""")).build(),
                java.net.http.HttpResponse.BodyHandlers.ofInputStream());
        stream.body().read();
        stream.body().close();
        open.close();

        ProtocolServer.awaitTrue(() -> SERVER.service.cancelled.get() == 1);
    }

    @Test
    void listsModelsByPages() {
        JsonNode page = SERVER.send(versioned("/v1/models?limit=2").GET()).json();
        assertEquals(2, page.path("data").size());
        assertTrue(page.path("has_more").asBoolean());
        assertEquals("model", page.at("/data/0/type").asText());
        assertEquals("2023-11-14T22:13:20Z", page.at("/data/0/created_at").asText());

        JsonNode next = SERVER.send(
                        versioned("/v1/models?after_id=" + page.path("last_id").asText())
                                .GET())
                .json();
        assertFalse(next.path("has_more").asBoolean());
        assertEquals("flood", next.at("/data/0/id").asText());

        JsonNode before = SERVER.send(
                        versioned("/v1/models?limit=1&before_id=flood").GET())
                .json();
        assertEquals("endless", before.at("/data/0/id").asText());
        assertEquals(
                "acme/echo",
                SERVER.send(versioned("/v1/models/acme/echo").GET())
                        .json()
                        .path("id")
                        .asText());
        assertEquals(404, SERVER.send(versioned("/v1/models/none").GET()).status());
    }

    @Test
    void countsWhatAModelWouldRead() {
        JsonNode shorter = SERVER.send(versioned("/v1/messages/count_tokens").POST(BodyPublishers.ofString("""
                        {"model":"echo","messages":[{"role":"user","content":"hello"}]}""")))
                .json();
        JsonNode longer = SERVER.send(versioned("/v1/messages/count_tokens").POST(BodyPublishers.ofString("""
                        {"model":"echo","system":"be brief","messages":[{"role":"user","content":"hello"}],
                         "tools":[{"name":"weather","input_schema":{"type":"object"}}]}""")))
                .json();

        assertTrue(shorter.path("input_tokens").asInt() > 0);
        assertTrue(longer.path("input_tokens").asInt()
                > shorter.path("input_tokens").asInt() + 5);
    }

    private Answer message(String body) {
        return SERVER.send(versioned("/v1/messages").POST(BodyPublishers.ofString(body)));
    }

    private HttpRequest.Builder versioned(String path) {
        return SERVER.request(path).header("anthropic-version", "2023-06-01");
    }

    private static String asking(String model) {
        return "{\"model\":\"" + model + "\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
    }

    private static String kind(JsonNode event) {
        String type = event.path("type").asText();
        return switch (type) {
            case "content_block_delta" -> event.at("/delta/type").asText();
            case "content_block_start" ->
                "block_start:" + event.at("/content_block/type").asText();
            case "content_block_stop" -> "block_stop";
            default -> type;
        };
    }

    /// The data of each event, whose name is the data's type.
    private static List<JsonNode> events(Answer answer) {
        var events = new ArrayList<JsonNode>();
        for (String event : answer.body().strip().split("\n\n", -1)) {
            String[] lines = event.split("\n", -1);
            assertEquals(2, lines.length, event);
            JsonNode data = ProtocolServer.parse(lines[1].substring("data: ".length()));
            assertEquals("event: " + data.path("type").asText(), lines[0]);
            events.add(data);
        }
        return events;
    }
}
