package dev.pagoda.gateway.ollama;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ContentPart;
import dev.pagoda.gateway.backend.OutputFormat;
import dev.pagoda.gateway.backend.Role;
import dev.pagoda.gateway.protocol.Catalogues;
import dev.pagoda.gateway.protocol.ProtocolServer;
import dev.pagoda.gateway.protocol.ProtocolServer.Answer;
import dev.pagoda.governance.store.Store;
import dev.pagoda.governance.store.StoreConfig;
import io.vertx.ext.web.Router;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OllamaTest {
    private static final ProtocolServer SERVER = new ProtocolServer(OllamaTest::mount);

    @SuppressWarnings("NullAway.Init")
    private static Store store;

    private static void mount(ProtocolServer base, Router root) {
        store = Store.open(base.vertx, StoreConfig.defaults(), Optional.empty());
        store.migrate("gateway");
        var ground = new OllamaRoutes.Ground(
                base.floor, base.exchanges, base.clock, Catalogues.fake(), new TenantModels(store));
        new OllamaRoutes(ground, base.service, ProtocolServer.BOUNDS).mount(root);
    }

    @BeforeEach
    void forget() {
        SERVER.service.chats.clear();
    }

    @AfterAll
    static void stop() {
        store.close();
        SERVER.close();
    }

    @Test
    void streamsLinesUnlessToldNotTo() {
        Answer answer = SERVER.post("/api/chat", """
                {"model":"echo:latest","messages":[{"role":"user","content":"well met"}]}""");

        assertEquals("application/x-ndjson", answer.header("content-type"));
        List<JsonNode> lines = lines(answer);
        assertEquals(3, lines.size());
        assertEquals("well ", lines.getFirst().at("/message/content").asText());
        assertEquals("assistant", lines.getFirst().at("/message/role").asText());
        assertFalse(lines.getFirst().path("done").asBoolean());
        JsonNode last = lines.getLast();
        assertTrue(last.path("done").asBoolean());
        assertEquals("stop", last.path("done_reason").asText());
        assertEquals("echo:latest", last.path("model").asText());
        assertEquals(7, last.path("prompt_eval_count").asInt());
        assertEquals(2, last.path("eval_count").asInt());
        assertTrue(last.path("total_duration").asLong()
                >= last.path("eval_duration").asLong());
        assertEquals("echo", SERVER.service.chats.remove().model());
    }

    @Test
    void answersAtOnceWhenAskedTo() {
        JsonNode answer = SERVER.post("/api/generate", """
                        {"model":"echo","prompt":"well met","system":"be kind","stream":false,
                         "options":{"num_predict":1,"temperature":7,"seed":3,"stop":["x"]}}""").json();

        assertEquals("well ", answer.path("response").asText());
        assertEquals("length", answer.path("done_reason").asText());
        ChatRequest request = SERVER.service.chats.remove();
        assertEquals(
                List.of(Role.SYSTEM, Role.USER),
                request.messages().stream().map(each -> each.role()).toList());
        assertEquals(2, request.sampling().temperature());
        assertEquals(3, request.sampling().seed().orElseThrow());
        assertEquals(List.of("x"), request.limits().stop());
    }

    @Test
    void tellsThoughtsAndWholeToolCalls() {
        List<JsonNode> lines = lines(SERVER.post("/api/chat", """
                {"model":"worker","think":"low","messages":[{"role":"user","content":"Oslo, Rome"}],
                 "tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object"}}}]}"""));

        String thoughts = lines.stream()
                .map(line -> line.at("/message/thinking").asText())
                .collect(Collectors.joining());
        assertEquals("Let me see.", thoughts);
        List<String> cities = lines.stream()
                .map(line ->
                        line.at("/message/tool_calls/0/function/arguments/city").asText())
                .filter(city -> !city.isEmpty())
                .toList();
        assertEquals(List.of("Oslo", "Rome"), cities);
        JsonNode whole = SERVER.post("/api/chat", """
                        {"model":"worker","stream":false,"messages":[{"role":"user","content":"x"}]}""").json();
        assertEquals(2, whole.at("/message/tool_calls").size());
        assertEquals(1, whole.at("/message/tool_calls/1/function/index").asInt());
        assertEquals("I look \"it\" up.", whole.at("/message/content").asText());
    }

    @Test
    void readsConversationsWithToolsPicturesAndForms() {
        SERVER.post("/api/chat", """
                {"model":"echo","stream":false,"format":{"type":"object"},"keep_alive":"1h30m","messages":[
                  {"role":"user","content":"what is it?","images":["iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="]},
                  {"role":"assistant","content":"","tool_calls":[
                    {"function":{"name":"look","arguments":{"at":"it"}}}]},
                  {"role":"tool","tool_name":"look","content":"a cat"}]}""");

        ChatRequest request = SERVER.service.chats.remove();
        var picture = (ContentPart.Image) request.messages().getFirst().parts().getLast();
        assertEquals(1, picture.height());
        assertEquals(
                "{\"at\":\"it\"}",
                request.messages().get(1).toolCalls().getFirst().arguments());
        assertEquals("call_0", request.messages().get(2).toolCallId());
        assertTrue(request.format() instanceof OutputFormat.JsonSchema);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "chat | '' | missing request body",
                "chat | {} | model is required",
                "chat | {\"model\":\"echo\",\"messages\":7} | json: cannot unmarshal integer into Go struct field messages of type slice",
                "chat | {\"model\":\"echo\",\"messages\":[{\"role\":\"bot\"}]} | invalid role: bot, must be one of [system, user, assistant, tool]",
                "chat | {\"model\":\"echo\",\"format\":\"xml\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]} | invalid format: \"xml\"; expected \"json\" or a valid JSON Schema object",
                "chat | {\"model\":\"echo\",\"think\":\"deep\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]} | invalid think value: \"deep\" (must be \"high\", \"medium\", \"low\", \"max\", true, or false)",
                "chat | {\"model\":\"echo\",\"options\":{\"seed\":\"x\"},\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]} | option \"seed\" must be of type integer",
                "generate | {\"model\":\"echo\",\"keep_alive\":\"soon\",\"prompt\":\"x\"} | time: invalid duration \"soon\"",
                "generate | {\"model\":\"echo\",\"raw\":true,\"system\":\"s\",\"prompt\":\"x\"} | raw mode does not support template, system, or context",
                "embed | {\"model\":\"embed\",\"input\":[1]} | invalid input type",
            })
    void tellsWhatIsWrong(String route, String body, String message) {
        Answer answer = SERVER.post("/api/" + route, body);

        assertEquals(400, answer.status());
        assertEquals(message, answer.json().path("error").asText());
        assertTrue(SERVER.service.chats.isEmpty());
    }

    @Test
    void usesItsOwnStatuses() {
        Answer unknown = SERVER.post("/api/chat", asking("none"));
        assertEquals(404, unknown.status());
        assertEquals("model 'none' not found", unknown.json().path("error").asText());
        assertEquals(503, SERVER.post("/api/chat", asking("busy")).status());
        assertEquals(405, SERVER.get("/api/chat").status());
        JsonNode broken = lines(SERVER.post("/api/chat", """
                        {"model":"breaks","messages":[{"role":"user","content":"a b c"}]}""")).getLast();
        assertEquals("the replica was lost", broken.path("error").asText());
    }

    @Test
    void loadsAndUnloadsWithoutAQuestion() {
        JsonNode loaded = SERVER.post("/api/generate", "{\"model\":\"echo\"}").json();
        assertEquals("load", loaded.path("done_reason").asText());
        JsonNode unloaded = SERVER.post("/api/chat", "{\"model\":\"echo\",\"messages\":[],\"keep_alive\":0}")
                .json();
        assertEquals("unload", unloaded.path("done_reason").asText());
        assertEquals(404, SERVER.post("/api/generate", "{\"model\":\"none\"}").status());
    }

    @Test
    void embedsAndCutsVectors() {
        JsonNode answer = SERVER.post("/api/embed", """
                        {"model":"embed","input":["ab","c"],"dimensions":2}""").json();
        assertEquals(2, answer.path("embeddings").size());
        double length = Math.hypot(
                answer.at("/embeddings/0/0").asDouble(),
                answer.at("/embeddings/0/1").asDouble());
        assertEquals(1, length, 1e-6);
        assertEquals(4, answer.path("prompt_eval_count").asInt());
        assertEquals(
                3,
                SERVER.post("/api/embeddings", "{\"model\":\"embed\",\"prompt\":\"ab\"}")
                        .json()
                        .path("embedding")
                        .size());
        assertEquals(
                0,
                SERVER.post("/api/embed", "{\"model\":\"embed\"}")
                        .json()
                        .path("embeddings")
                        .size());
    }

    @Test
    void listsShowsAndTellsWhatIsLoaded() {
        JsonNode tags = SERVER.get("/api/tags").json();
        assertEquals("echo:latest", tags.at("/models/0/name").asText());
        assertEquals("7.6B", tags.at("/models/0/details/parameter_size").asText());
        JsonNode loaded = SERVER.get("/api/ps").json();
        assertEquals(1, loaded.path("models").size());
        assertEquals(30_400_000_000L, loaded.at("/models/0/size_vram").asLong());
        JsonNode shown = SERVER.post("/api/show", "{\"model\":\"embed\"}").json();
        assertEquals("bert", shown.at("/model_info/general.architecture").asText());
        assertEquals(384, shown.at("/model_info/bert.embedding_length").asInt());
        assertEquals("embedding", shown.at("/capabilities/0").asText());
    }

    @Test
    void makesCopiesAndDeletesATenantsOwnModels() {
        List<JsonNode> made = lines(SERVER.post("/api/create", """
                {"model":"bard","from":"echo","system":"Speak in verse.","parameters":{"temperature":0.1},
                 "messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"ho"}]}"""));
        assertEquals("success", made.getLast().path("status").asText());
        assertEquals(
                200,
                SERVER.post("/api/copy", "{\"source\":\"bard\",\"destination\":\"bard2:v1\"}")
                        .status());
        SERVER.post("/api/chat", asking("bard2:v1"));

        ChatRequest request = SERVER.service.chats.remove();
        assertEquals("echo", request.model());
        assertEquals(
                List.of("Speak in verse.", "hi", "ho", "x"),
                request.messages().stream().map(each -> each.content()).toList());
        assertEquals(0.1, request.sampling().temperature());
        JsonNode shown = SERVER.post("/api/show", "{\"model\":\"bard\"}").json();
        assertEquals("Speak in verse.", shown.path("system").asText());
        assertTrue(shown.path("modelfile").asText().startsWith("FROM echo\n"));

        var reread = new TenantModels(store);
        ProtocolServer.await(reread.load());
        assertEquals(
                List.of("bard", "bard2:v1"),
                reread.of("acme").stream().map(model -> model.name()).toList());
        assertEquals(200, delete("bard").status());
        assertEquals(200, delete("bard2:v1").status());
        assertEquals(404, delete("bard").status());
        assertEquals(403, delete("echo").status());
        assertEquals(
                400,
                SERVER.post("/api/create", "{\"model\":\"b\",\"files\":{\"a\":\"b\"}}")
                        .status());
    }

    @Test
    void pullsOnlyWhatIsThere() {
        assertEquals(
                "success",
                lines(SERVER.post("/api/pull", "{\"model\":\"echo\"}"))
                        .getLast()
                        .path("status")
                        .asText());
        assertEquals(
                "pull model manifest: file does not exist",
                lines(SERVER.post("/api/pull", "{\"model\":\"none\"}"))
                        .getLast()
                        .path("error")
                        .asText());
        assertEquals(
                500,
                SERVER.post("/api/pull", "{\"model\":\"none\",\"stream\":false}")
                        .status());
    }

    @Test
    void tellsItsVersionToAnyone() {
        assertEquals(
                OllamaRoutes.VERSION,
                SERVER.get("/api/version").json().path("version").asText());
        var head = SERVER.request("/").method("HEAD", BodyPublishers.noBody());
        assertEquals(200, SERVER.send(head).status());
    }

    private static Answer delete(String model) {
        HttpRequest.Builder request = SERVER.request("/api/delete")
                .method("DELETE", BodyPublishers.ofString("{\"model\":\"" + model + "\"}"));
        return SERVER.send(request);
    }

    private static String asking(String model) {
        return "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
    }

    private static List<JsonNode> lines(Answer answer) {
        return answer.body().lines().map(ProtocolServer::parse).toList();
    }
}
