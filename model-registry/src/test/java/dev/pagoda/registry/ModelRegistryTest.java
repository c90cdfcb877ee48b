package dev.pagoda.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.api.StatusQuery;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.ServerOptions;
import dev.pagoda.governance.store.Store;
import dev.pagoda.governance.store.StoreConfig;
import dev.pagoda.governance.telemetry.Telemetry;
import dev.pagoda.registry.api.ListServing;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.Registry;
import dev.pagoda.registry.api.ResolveModel;
import dev.pagoda.registry.api.ServingChanged;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ModelRegistryTest {
    private static final Map<String, Principal> KEYS = Map.of(
            "admin", new Principal("ops", "t", "p", "k1", Principal.Role.ADMIN),
            "acme", new Principal("acme", "t", "p", "k2", Principal.Role.MEMBER),
            "rival", new Principal("rival", "t", "p", "k3", Principal.Role.MEMBER));
    private static final String ARCHITECTURE = """
            {"family": "DECODER", "layers": 2, "hidden": 64, "intermediate": 128, "heads": 4, "kv_heads": 2,
             "head_dim": 16, "vocabulary": 1000, "context": 512, "tied_embeddings": true, "dtype": "BF16"}""";
    private static final String TINY =
            "{\"name\": \"tiny\", \"publisher\": \"Acme\", \"task\": \"CHAT\", \"architecture\": " + ARCHITECTURE + "}";

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final Bus bus = new Bus(vertx);
    private final HttpClient client = HttpClient.newHttpClient();
    private final BlockingQueue<ModelVersion> announced = new LinkedBlockingQueue<>();
    private Telemetry telemetry;
    private Store store;
    private ModelRegistry registry;
    private HttpServer server;

    @BeforeEach
    void start() {
        start(RegistryConfig.defaults());
        bus.subscribe(Registry.SERVING_CHANGED, (ServingChanged event, Call call) -> announced.add(event.version()));
    }

    private void start(RegistryConfig config) {
        telemetry = new Telemetry();
        store = Store.open(vertx, StoreConfig.defaults(), Optional.of(folder));
        var http = new HttpFloor(vertx, key -> Future.succeededFuture(Optional.ofNullable(KEYS.get(key))));
        var around = new ModelRegistry.Surroundings(
                vertx, bus, store, http, telemetry, InstantSource.fixed(Instant.ofEpochSecond(1_700_000_000)));
        registry = new ModelRegistry(around, config, Optional.empty());
        Router root = Router.router(vertx);
        registry.mount(root);
        await(registry.start());
        server = await(vertx.createHttpServer(ServerOptions.usual())
                .requestHandler(root)
                .listen(0, "127.0.0.1"));
    }

    private void stop() {
        await(server.close());
        await(registry.stop());
        store.close();
    }

    @AfterEach
    void close() {
        stop();
        await(vertx.close());
    }

    @Test
    void seedsModelsAndTellsWhatIsServed() throws Exception {
        JsonNode models = json(200, get("/platform/models", "acme")).path("models");
        assertEquals(8, models.size());
        JsonNode qwen = json(200, get("/platform/models/Qwen%2FQwen2.5-7B-Instruct", "acme"));
        assertEquals("qwen2.5-7b-instruct", qwen.path("name").asText());
        JsonNode version = qwen.path("versions").get(0);
        assertEquals(28, version.path("architecture").path("layers").asInt());
        assertEquals(4, version.path("architecture").path("kv_heads").asInt());
        assertTrue(version.path("served").asBoolean());
        assertEquals(1_700_000_000_000_000L, version.path("created_micros").asLong());
        List<ModelVersion> serving =
                await(bus.ask(Registry.SERVING, new ListServing(), platform())).versions();
        assertEquals(5, serving.size());
    }

    @Test
    void registersServesAndEndsServingWithAnnouncements() throws Exception {
        JsonNode tiny = json(201, post("/platform/models", "acme", TINY));
        assertEquals("acme", tiny.path("tenant").asText());
        long parameters = tiny.path("versions")
                .get(0)
                .path("architecture")
                .path("parameters")
                .asLong();
        assertEquals(
                2 * parameters,
                tiny.path("versions")
                        .get(0)
                        .path("architecture")
                        .path("weight_bytes")
                        .asLong());

        JsonNode served = json(200, post("/platform/models/tiny/serve", "acme", "{\"devices_per_replica\": 2}"));
        assertEquals(2, served.path("serving").path("devices_per_replica").asInt());
        ModelVersion started = take();
        assertEquals("tiny:1", started.reference());
        assertEquals(2, Objects.requireNonNull(started.serving()).devicesPerReplica());

        json(200, post("/platform/models/tiny/serve", "acme", "{\"devices_per_replica\": 2}"));
        json(200, post("/platform/models/tiny/serve", "acme", "{\"max_replicas\": 7}"));
        ServedShape wider = ServedShape.of(take());
        assertEquals(new ServedShape(2, 7), wider);

        assertFalse(json(200, post("/platform/models/tiny/unserve", "acme", ""))
                .path("served")
                .asBoolean());
        assertFalse(take().isServed());
        assertTrue(announced.isEmpty());
    }

    private record ServedShape(int devices, int maxReplicas) {
        static ServedShape of(ModelVersion version) {
            var spec = Objects.requireNonNull(version.serving());
            return new ServedShape(spec.devicesPerReplica(), spec.maxReplicas());
        }
    }

    @Test
    void serverWithoutABodyIsServedPlainly() throws Exception {
        JsonNode yi = json(200, post("/platform/models/yi-1.5-34b-chat/serve", "admin", ""));
        assertEquals(1, yi.path("serving").path("devices_per_replica").asInt());
        assertEquals("yi-1.5-34b-chat:1", take().reference());
    }

    @Test
    void keepsVersionsAliasesTagsAndAccessOverARestart() throws Exception {
        json(201, post("/platform/models", "acme", TINY));
        json(201, post("/platform/models/tiny/versions", "acme", "{\"architecture\": " + ARCHITECTURE + "}"));
        json(200, put("/platform/models/tiny/aliases/staging", "acme", "{\"version\": 2}"));
        json(200, put("/platform/models/tiny/aliases/production", "acme", "{\"version\": 1}"));
        json(200, put("/platform/models/tiny/aliases/production", "acme", "{\"version\": 2}"));
        json(200, put("/platform/models/tiny:1/tags", "acme", "{\"tags\": {\"purpose\": \"test\", \"a\": \"b\"}}"));
        json(200, put("/platform/models/tiny/access", "acme", "{\"everyone\": false, \"tenants\": [\"rival\"]}"));
        json(200, post("/platform/models/tiny@staging/serve", "acme", "{\"target_concurrency\": 3}"));
        String before = get("/platform/models/tiny", "acme").body();
        assertTrue(before.contains("\"purpose\":\"test\""), before);

        stop();
        start(RegistryConfig.defaults());

        assertEquals(before, get("/platform/models/tiny", "acme").body());
        assertEquals(
                2,
                await(bus.ask(Registry.RESOLVE, new ResolveModel("tiny"), platform()))
                        .version());
        assertEquals(
                6,
                await(bus.ask(Registry.SERVING, new ListServing(), platform()))
                        .versions()
                        .size());
        assertEquals(
                9,
                await(bus.ask(Registry.STATUS, new StatusQuery(), platform())).models());
    }

    @Test
    void seedingAgainOverwritesNothing() throws Exception {
        json(200, post("/platform/models/qwen2.5-7b-instruct/unserve", "admin", ""));
        json(200, put("/platform/models/qwen2.5-7b-instruct/tags", "admin", "{\"tags\": {\"mine\": \"yes\"}}"));
        json(200, put("/platform/models/llama-3.1-8b-instruct/access", "admin", "{\"everyone\": false}"));
        stop();
        start(RegistryConfig.defaults());
        JsonNode qwen = json(200, get("/platform/models/qwen2.5-7b-instruct", "admin"))
                .path("versions")
                .get(0);
        assertFalse(qwen.path("served").asBoolean());
        assertEquals("{\"mine\":\"yes\"}", qwen.path("tags").toString());
        assertProblem(404, "model_not_found", get("/platform/models/llama-3.1-8b-instruct", "acme"));
        assertEquals(
                8,
                await(bus.ask(Registry.STATUS, new StatusQuery(), platform())).models());
    }

    @Test
    void anotherTenantsPrivateModelDoesNotExist() throws Exception {
        json(201, post("/platform/models", "acme", TINY));
        assertProblem(404, "model_not_found", get("/platform/models/tiny", "rival"));
        assertProblem(404, "model_not_found", post("/platform/models/tiny/serve", "rival", ""));
        assertProblem(404, "model_not_found", put("/platform/models/tiny/tags", "rival", "{\"tags\": {}}"));
        assertProblem(404, "model_not_found", put("/platform/models/tiny/access", "rival", "{\"everyone\": true}"));
        Call rival = Call.within(Objects.requireNonNull(KEYS.get("rival")), "t", Duration.ofSeconds(60));
        assertThrows(Refused.class, () -> await(bus.ask(Registry.RESOLVE, new ResolveModel("tiny"), rival)));
        assertEquals(
                8, json(200, get("/platform/models", "rival")).path("models").size());
        assertEquals(
                9, json(200, get("/platform/models", "admin")).path("models").size());
    }

    @Test
    void onlyOwnersAndAdministratorsChangeAPublicModel() throws Exception {
        assertProblem(403, "not_the_owner", post("/platform/models/qwen2.5-7b-instruct/unserve", "acme", ""));
        json(200, post("/platform/models/qwen2.5-7b-instruct/unserve", "admin", ""));
        assertEquals("qwen2.5-7b-instruct:1", take().reference());
    }

    @Test
    void refusesBadInputAndStoresNothing() throws Exception {
        assertProblem(400, "invalid_body", post("/platform/models", "acme", "{\"name\": "));
        assertProblem(400, "missing_body", post("/platform/models", "acme", ""));
        assertDetail("field 'name' is missing", post("/platform/models", "acme", "{}"));
        assertDetail("unknown field 'nam'", post("/platform/models", "acme", "{\"nam\": \"x\"}"));
        assertDetail(
                "name 'Tiny Model' is not",
                post("/platform/models", "acme", TINY.replace("\"tiny\"", "\"Tiny Model\"")));
        assertDetail(
                "layers -2 is outside 1..4096",
                post("/platform/models", "acme", TINY.replace("\"layers\": 2", "\"layers\": -2")));
        assertDetail("dtype is missing", post("/platform/models", "acme", TINY.replace(", \"dtype\": \"BF16\"", "")));
        assertProblem(400, "invalid_body", post("/platform/models", "acme", TINY.replace("\"CHAT\"", "\"SINGING\"")));
        assertProblem(413, "body_too_large", post("/platform/models", "acme", "x".repeat(600_000)));
        assertProblem(401, "missing_api_key", get("/platform/models", ""));
        assertProblem(404, "model_not_found", get("/platform/models/gpt-9", "acme"));
        assertProblem(404, "not_found", get("/platform/models/tiny/else", "acme"));
        assertProblem(405, "method_not_allowed", put("/platform/models", "acme", "{}"));
        assertEquals(
                8, json(200, get("/platform/models", "acme")).path("models").size());
    }

    @Test
    void refusesBadChangesAndKeepsTheModelAsItWas() throws Exception {
        json(201, post("/platform/models", "acme", TINY));
        String before = get("/platform/models/tiny", "acme").body();
        assertProblem(409, "model_name_taken", post("/platform/models", "rival", TINY));
        assertProblem(
                404, "model_not_found", put("/platform/models/tiny/aliases/production", "acme", "{\"version\": 9}"));
        assertProblem(400, "invalid_model", put("/platform/models/tiny/aliases/No%20Way", "acme", "{\"version\": 1}"));
        assertProblem(400, "invalid_body", put("/platform/models/tiny/aliases/production", "acme", "{}"));
        assertDetail(
                "max_replicas 1 is outside 5..64",
                post("/platform/models/tiny/serve", "acme", "{\"min_replicas\": 5, \"max_replicas\": 1}"));
        assertProblem(
                400, "indivisible_heads", post("/platform/models/tiny/serve", "acme", "{\"devices_per_replica\": 3}"));
        assertDetail("without accelerators", post("/platform/models/tiny/serve", "acme", "{\"backend\": \"ONNX\"}"));
        assertDetail("'tags.a' is missing", put("/platform/models/tiny/tags", "acme", "{\"tags\": {\"a\": null}}"));
        assertProblem(
                400,
                "invalid_body",
                put("/platform/models/tiny/access", "acme", "{\"everyone\": false, \"tenants\": [\"\"]}"));
        assertEquals(before, get("/platform/models/tiny", "acme").body());
        assertTrue(announced.isEmpty());
    }

    @Test
    void boundsTheNumberOfModels() throws Exception {
        stop();
        start(new RegistryConfig(true, 8));
        assertProblem(507, "too_many_models", post("/platform/models", "acme", TINY));
    }

    @Test
    void metersModelsAndServedVersions() {
        String page = telemetry.scrape();
        assertTrue(page.contains("pagoda_registry_models 8.0"), page);
        assertTrue(page.contains("pagoda_registry_served 5.0"), page);
    }

    private ModelVersion take() throws InterruptedException {
        ModelVersion version = announced.poll(60, TimeUnit.SECONDS);
        if (version == null) {
            throw new AssertionError("nothing was announced within 10 s");
        }
        return version;
    }

    private HttpResponse<String> get(String path, String key) throws Exception {
        return send(request(path, key).GET());
    }

    private HttpResponse<String> post(String path, String key, String body) throws Exception {
        return send(request(path, key).POST(BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> put(String path, String key, String body) throws Exception {
        return send(request(path, key).PUT(BodyPublishers.ofString(body)));
    }

    private HttpRequest.Builder request(String path, String key) {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.actualPort() + path));
        return key.isEmpty() ? request : request.header("Authorization", "Bearer " + key);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.timeout(Duration.ofSeconds(60)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode json(int status, HttpResponse<String> response) throws Exception {
        assertEquals(status, response.statusCode(), response.body());
        return new ObjectMapper().readTree(response.body());
    }

    private static void assertProblem(int status, String title, HttpResponse<String> response) throws Exception {
        assertEquals(title, json(status, response).path("title").asText(), response.body());
    }

    private static void assertDetail(String detail, HttpResponse<String> response) throws Exception {
        assertTrue(json(400, response).path("detail").asText().contains(detail), response.body());
    }

    private static Call platform() {
        return Call.platform(Duration.ofSeconds(60));
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(60, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("no answer within 10 s", e);
        }
    }
}
