package dev.pagoda.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.openai.OpenAiConfig;
import dev.pagoda.gateway.protocol.OpenApiDocument;
import dev.pagoda.gateway.protocol.ServedRoute;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.store.Store;
import dev.pagoda.governance.store.StoreConfig;
import dev.pagoda.governance.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class OpenApiDocumentTest {
    /// What has to be described by hand, and not only named.
    private static final List<String> DESCRIBED_PREFIXES = List.of("/v1/messages", "/api/", "/v2");

    private static Vertx vertx;
    private static Store store;
    private static SortedSet<ServedRoute> served;
    private static JsonNode document;

    @BeforeAll
    static void mount() {
        vertx = Vertx.vertx();
        store = Store.open(vertx, StoreConfig.defaults(), Optional.empty());
        var gateway = new InferenceGateway(
                new InferenceGateway.Surroundings(
                        vertx,
                        new Bus(vertx),
                        store,
                        new HttpFloor(vertx, key -> Future.succeededFuture(Optional.empty())),
                        new Telemetry(),
                        InstantSource.system(),
                        Optional.empty()),
                GatewayConfig.defaults(),
                OpenAiConfig.defaults(),
                TrafficConfig.defaults());
        Router root = Router.router(vertx);
        gateway.mount(root);
        served = ServedRoute.of(root, 0);
        document = OpenApiDocument.of(InferenceGateway.DESCRIBED, served);
    }

    @AfterAll
    static void close() throws Exception {
        store.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    @Test
    void hasEveryServedRouteAndNoOther() {
        var described = new TreeSet<ServedRoute>();
        for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
            path.getValue()
                    .fieldNames()
                    .forEachRemaining(method -> described.add(new ServedRoute(method, path.getKey())));
        }

        assertEquals(served, described);
        for (String path : List.of("/v1/chat/completions", "/v1/messages", "/api/chat", "/v2/models/{model}/infer")) {
            assertTrue(described.contains(new ServedRoute("post", path)), described.toString());
        }
    }

    @Test
    void describesTheProtocolsByHand() {
        for (ServedRoute route : served) {
            if (DESCRIBED_PREFIXES.stream().anyMatch(route.path()::startsWith)) {
                JsonNode operation = document.path("paths").path(route.path()).path(route.method());
                assertFalse(operation.path("responses").has("default"), "not described: " + route);
            }
        }
    }

    @Test
    void describesNothingThatIsNotServed() {
        for (String part : InferenceGateway.DESCRIBED) {
            SortedSet<ServedRoute> described = OpenApiDocument.described(part);
            assertFalse(described.isEmpty(), part);
            described.removeAll(served);
            assertEquals(new TreeSet<>(), described, part);
        }
    }

    @Test
    void everyReferenceLeadsSomewhere() {
        List<String> references = document.findValuesAsText("$ref");

        assertTrue(references.size() > 50, references.toString());
        references.forEach(
                reference -> assertFalse(document.at(reference.substring(1)).isMissingNode(), reference));
    }

    @Test
    void everyParameterOfAPathIsDeclared() {
        for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
            for (JsonNode operation : path.getValue()) {
                List<String> declared = operation.path("parameters").findValuesAsText("name");
                for (String step : path.getKey().split("/", -1)) {
                    if (step.startsWith("{")) {
                        assertTrue(declared.contains(step.substring(1, step.length() - 1)), path.getKey());
                    }
                }
            }
        }
    }
}
