package dev.pagoda.gateway.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.gateway.GatewayConfig;
import dev.pagoda.gateway.backend.DeploymentControl;
import dev.pagoda.gateway.backend.Deployments;
import dev.pagoda.gateway.backend.VersionRouting;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.ServerOptions;
import dev.pagoda.governance.store.Store;
import dev.pagoda.governance.store.StoreConfig;
import dev.pagoda.governance.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What needs no deployment; what they do is tried beside them.
class DeploymentRoutesTest {
    private static final Map<String, Principal> KEYS = Map.of(
            "member", new Principal("acme", "t", "p", "k1", Principal.Role.MEMBER),
            "admin", new Principal("acme", "t", "p", "k2", Principal.Role.ADMIN));

    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient client = HttpClient.newHttpClient();
    private Vertx vertx;
    private Store store;
    private int port;

    @BeforeEach
    void open() {
        vertx = Vertx.vertx();
        var floor = new HttpFloor(vertx, key -> Future.succeededFuture(Optional.ofNullable(KEYS.get(key))));
        var deployments = new Deployments(
                vertx, new Bus(vertx), new Telemetry(), GatewayConfig.defaults(), InstantSource.system());
        Router root = Router.router(vertx);
        var control = new DeploymentControl(deployments);
        store = Store.open(vertx, StoreConfig.defaults(), Optional.empty());
        store.migrate("gateway");
        new DeploymentRoutes(floor, control, new VersionRouting(store, control)).mount(root);
        port = await(vertx.createHttpServer(ServerOptions.usual())
                        .requestHandler(root)
                        .listen(0, "127.0.0.1"))
                .actualPort();
    }

    @AfterEach
    void close() {
        client.close();
        store.close();
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }

    private HttpResponse<String> send(String key, String method, String path, String body) {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/platform/deployments" + path))
                .header("Authorization", "Bearer " + key)
                .method(method, BodyPublishers.ofString(body))
                .build();
        try {
            return client.send(request, BodyHandlers.ofString());
        } catch (IOException | InterruptedException failure) {
            throw new AssertionError(failure);
        }
    }

    private String code(HttpResponse<String> response) throws IOException {
        return json.readTree(response.body()).path("title").asText();
    }

    @Test
    void listsTheDeploymentsForEverybody() throws IOException {
        HttpResponse<String> reply = send("member", "GET", "", "");
        assertEquals(200, reply.statusCode());
        assertTrue(json.readTree(reply.body()).path("deployments").isArray());
        assertEquals(404, send("member", "GET", "/tiny", "").statusCode());
        assertEquals(401, send("nobody", "GET", "", "").statusCode());
        assertEquals(405, send("admin", "DELETE", "/tiny", "").statusCode());
    }

    @Test
    void letsOnlyAdministratorsChangeAnything() throws IOException {
        for (String change : List.of("crash", "drain", "sleep", "wake")) {
            assertEquals(
                    403,
                    send("member", "POST", "/tiny/replicas/r/" + change, "").statusCode());
            HttpResponse<String> reply = send("admin", "POST", "/tiny/replicas/r/" + change, "");
            assertEquals(404, reply.statusCode(), reply.body());
            assertEquals("deployment_not_found", code(reply));
        }
        assertEquals(
                403, send("member", "PUT", "/tiny/faults", "{\"rules\":[]}").statusCode());
        assertEquals(403, send("member", "DELETE", "/tiny/faults", "").statusCode());
        assertEquals(404, send("admin", "DELETE", "/tiny/faults", "").statusCode());
        assertEquals(
                403,
                send("member", "PUT", "/tiny/replicas/r/fault", "{\"kind\":\"none\"}")
                        .statusCode());
    }

    @Test
    void saysWhatIsWrongWithABody() {
        Map<String, String> wrong = Map.of(
                "{}", "rules",
                "{\"rules\":[{\"kind\":\"flood\"}]}", "error, delay, cut, kill",
                "{\"rules\":[{\"kind\":\"error\",\"share\":2}]}", "share 2.0",
                "{\"rules\":[{\"kind\":\"error\",\"status\":418}]}", "status 418",
                "{\"rules\":[{\"kind\":\"delay\"}]}", "delayMillis 0",
                "{\"rules\":[{\"kind\":\"cut\",\"after_tokens\":-1}]}", "afterTokens -1",
                "{\"rules\":[null]}", "rules",
                "{\"rules\":[],\"for_seconds\":86401}", "forSeconds 86401",
                "{\"rules\":[],\"extra\":1}", "extra");
        wrong.forEach((body, told) -> {
            HttpResponse<String> reply = send("admin", "PUT", "/tiny/faults", body);
            assertEquals(400, reply.statusCode(), body);
            assertTrue(reply.body().contains(told), reply.body());
        });
        assertEquals(
                400,
                send("admin", "PUT", "/tiny/replicas/r/fault", "{\"kind\":\"flu\"}")
                        .statusCode());
        assertEquals(
                400,
                send("admin", "POST", "/tiny/replicas/r/sleep", "{\"level\":3}").statusCode());
    }

    @Test
    void weightsOfVersionsAreForAdministratorsAndChecked() throws IOException {
        String path = "/tiny/versions";
        assertEquals("weights_not_found", code(send("member", "GET", path, "")));
        assertEquals(403, send("member", "PUT", path, "{\"versions\":[]}").statusCode());
        assertEquals(403, send("member", "DELETE", path, "").statusCode());
        assertEquals(403, send("member", "POST", path + "/rollback", "").statusCode());
        assertEquals(404, send("admin", "DELETE", path, "").statusCode());
        assertEquals(404, send("admin", "POST", path + "/rollback", "").statusCode());
        assertEquals(405, send("admin", "POST", path, "").statusCode());
        Map<String, String> wrong = Map.of(
                "{}", "versions",
                "{\"versions\":[null]}", "versions",
                "{\"versions\":[]}", "0 versions",
                "{\"versions\":[{\"version\":1}]}", "weight",
                "{\"versions\":[{\"version\":1,\"weight\":-1}]}", "weight -1",
                "{\"versions\":[{\"version\":1,\"weight\":0}]}", "all weights are 0",
                "{\"versions\":[{\"version\":1,\"weight\":1},{\"version\":1,\"weight\":1}]}", "two weights");
        wrong.forEach((body, told) -> {
            HttpResponse<String> reply = send("admin", "PUT", path, body);
            assertEquals(400, reply.statusCode(), body);
            assertTrue(reply.body().contains(told), reply.body());
        });
        assertEquals(
                "deployment_not_found",
                code(send("admin", "PUT", path, "{\"versions\":[{\"version\":1,\"weight\":1}]}")));
    }

    @Test
    void describesItselfWithEveryPath() throws IOException {
        JsonNode document =
                json.readTree(send("member", "GET", "/openapi.json", "").body());
        List<String> paths = new ArrayList<>();
        document.path("paths").fieldNames().forEachRemaining(paths::add);
        assertEquals(10, paths.size());
        assertTrue(paths.contains("/platform/deployments/{model}/replicas/{replica}/sleep"));
    }
}
