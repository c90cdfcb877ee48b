package dev.pagoda.vectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.api.StatusQuery;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.ServerOptions;
import dev.pagoda.governance.telemetry.Telemetry;
import dev.pagoda.vectors.api.Vectors;
import dev.pagoda.vectors.api.VectorsStatus;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The running shell as a client of Qdrant sees it.
class VectorStoreHttpTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Principal ACME = new Principal("acme", "t", "p", "k1", Principal.Role.MEMBER);
    private static final Principal GLOBEX = new Principal("globex", "t", "p", "k2", Principal.Role.MEMBER);

    @TempDir
    Path home;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Telemetry telemetry = new Telemetry();
    private Vertx vertx;
    private Bus bus;
    private VectorStore store;
    private HttpServer server;

    record Answer(int status, JsonNode body) {
        JsonNode result() {
            assertEquals(200, status, body::toString);
            assertEquals("ok", body.get("status").asText());
            assertTrue(body.get("time").isDouble(), body::toString);
            return body.get("result");
        }

        String error() {
            assertEquals(Map.of(), fieldsBeside(body, "status", "time"));
            return body.get("status").get("error").asText();
        }

        private static Map<String, JsonNode> fieldsBeside(JsonNode node, String... known) {
            return node.properties().stream()
                    .filter(field -> !List.of(known).contains(field.getKey()))
                    .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        }
    }

    @BeforeEach
    void start() {
        vertx = Vertx.vertx();
        bus = new Bus(vertx);
        HttpFloor http = new HttpFloor(
                vertx,
                key -> Future.succeededFuture(
                        switch (key) {
                            case "acme-key" -> Optional.of(ACME);
                            case "globex-key" -> Optional.of(GLOBEX);
                            default -> Optional.empty();
                        }));
        store = new VectorStore(
                new VectorStore.Floor(vertx, bus, http, telemetry),
                VectorStoreConfig.defaults().withoutGrpc(),
                Optional.of(home));
        Router root = Router.router(vertx);
        store.mount(root);
        server = await(vertx.createHttpServer(ServerOptions.usual())
                .requestHandler(root)
                .listen(0, "127.0.0.1"));
        assertFalse(store.isReady());
        await(store.start());
        assertTrue(store.isReady());
    }

    @AfterEach
    void stop() {
        await(store.stop());
        await(vertx.close());
    }

    @Test
    void tellsTheVersionToClientsAndSendsBrowsersToTheConsole() throws Exception {
        HttpResponse<String> title = raw("GET", "/", "");
        JsonNode body = JSON.readTree(title.body());
        assertEquals(3, body.size());
        assertEquals("qdrant - vector search engine", body.get("title").asText());
        assertEquals("1.19.0", body.get("version").asText());
        assertTrue(body.get("commit").asText().matches("[0-9a-f]{40}"));
        HttpResponse<String> browser = client.send(
                HttpRequest.newBuilder(uri("/"))
                        .header("Accept", "text/html,*/*")
                        .build(),
                BodyHandlers.ofString());
        assertEquals(302, browser.statusCode());
        assertEquals("/console", browser.headers().firstValue("location").orElseThrow());
    }

    @Test
    void makesListsDescribesAndDropsCollections() throws Exception {
        assertFalse(get("/collections/docs/exists").result().get("exists").asBoolean());
        Answer missing = get("/collections/docs");
        assertEquals(404, missing.status());
        assertEquals("Not found: Collection `docs` doesn't exist!", missing.error());

        assertTrue(put("/collections/docs", """
                {"vectors":{"size":4,"distance":"Cosine","on_disk":true},"hnsw_config":{"m":24},"metadata":{"a":1},
                 "sparse_vectors":{"bm25":{"modifier":"idf"}},"unknown":[]}""").result().asBoolean());
        Answer again = put("/collections/docs", "{\"vectors\":{\"size\":4,\"distance\":\"Dot\"}}");
        assertEquals(409, again.status());
        assertEquals("Wrong input: Collection `docs` already exists!", again.error());

        assertTrue(get("/collections/docs/exists/").result().get("exists").asBoolean());
        assertEquals(
                "[{\"name\":\"docs\"}]",
                get("/collections").result().get("collections").toString());
        JsonNode info = get("/collections/docs").result();
        assertEquals("green", info.get("status").asText());
        assertEquals("ok", info.get("optimizer_status").asText());
        assertEquals(0, info.get("points_count").asInt());
        JsonNode config = info.get("config");
        assertEquals(
                "{\"size\":4,\"distance\":\"Cosine\",\"on_disk\":true}",
                config.get("params").get("vectors").toString());
        assertEquals("idf", config.at("/params/sparse_vectors/bm25/modifier").asText());
        assertEquals(24, config.at("/hnsw_config/m").asInt());
        assertEquals(100, config.at("/hnsw_config/ef_construct").asInt());
        assertEquals(1, config.at("/metadata/a").asInt());
        assertTrue(config.has("optimizer_config") && config.has("wal_config") && config.has("quantization_config"));

        assertTrue(send("PATCH", "/collections/docs", "{\"metadata\":{\"b\":2},\"hnsw_config\":{\"ef_construct\":200}}")
                .result()
                .asBoolean());
        config = get("/collections/docs").result().get("config");
        assertEquals("{\"a\":1,\"b\":2}", config.get("metadata").toString());
        assertEquals(200, config.at("/hnsw_config/ef_construct").asInt());

        assertTrue(send("DELETE", "/collections/docs", "").result().asBoolean());
        assertFalse(send("DELETE", "/collections/docs", "").result().asBoolean());
    }

    @Test
    void storesFindsAndDeletesPoints() throws Exception {
        put("/collections/docs", "{\"vectors\":{\"size\":2,\"distance\":\"Dot\"}}")
                .result();
        JsonNode written = put("/collections/docs/points?wait=true", """
                {"points":[
                  {"id":1,"vector":[1,0],"payload":{"city":"Berlin","n":1,"x":1.5,"deep":{"a":[{"b":1},{"c":2}]}}},
                  {"id":18446744073709551615,"vector":[2,0],"payload":{"city":"Paris","n":2}},
                  {"id":"550E8400E29B41D4A716446655440000","vector":[3,0]}]}""").result();
        assertEquals("completed", written.get("status").asText());
        assertTrue(written.get("operation_id").asLong() > 0);
        JsonNode more = put("/collections/docs/points", """
                {"batch":{"ids":[7,8],"vectors":[[4,1],[5,1]],"payloads":[null,{"city":["Rome","Paris"]}]}}""").result();
        assertEquals("acknowledged", more.get("status").asText());

        JsonNode hits = post("/collections/docs/points/query", """
                {"query":[1,0],"limit":3,"with_payload":["city"],"with_vector":true}""").result().get("points");
        assertEquals(3, hits.size());
        assertEquals(8, hits.at("/0/id").asInt());
        assertEquals(5.0, hits.at("/0/score").asDouble());
        assertEquals("{\"city\":[\"Rome\",\"Paris\"]}", hits.at("/0/payload").toString());
        assertEquals("[5.0,1.0]", hits.at("/0/vector").toString());
        assertEquals("550e8400-e29b-41d4-a716-446655440000", hits.at("/2/id").asText());
        assertTrue(hits.at("/0/version").asLong() > 0);

        JsonNode filtered = post("/collections/docs/points/query", """
                {"query":[1,0],"filter":{"must":{"key":"city","match":{"value":"Paris"}}}}""").result().get("points");
        assertEquals("[8,18446744073709551615]", ids(filtered));
        assertFalse(filtered.get(0).has("payload") || filtered.get(0).has("vector"));

        assertEquals(
                "[7,18446744073709551615]",
                ids(post("/collections/docs/points/query", """
                {"query":8,"score_threshold":9.5,"limit":10,"filter":{"must_not":[{"has_id":["550e8400-e29b-41d4-a716-446655440000"]}]}}""").result().get("points")));
        JsonNode old = post("/collections/docs/points/search", """
                {"vector":[1,0],"limit":2,"offset":1}""").result();
        assertEquals("[7,\"550e8400-e29b-41d4-a716-446655440000\"]", ids(old));
        assertEquals(
                2, post("/collections/docs/points/query/batch", """
                {"searches":[{"query":[1,0],"limit":1},{"query":[0,1]}]}""").result().size());
        assertEquals(
                "[8]",
                ids(post("/collections/docs/points/search/batch", """
                {"searches":[{"vector":[1,0],"limit":1}]}""").result().get(0)));

        JsonNode one = get("/collections/docs/points/1").result();
        assertEquals("[1.0,0.0]", one.get("vector").toString());
        assertEquals(1.5, one.at("/payload/x").asDouble());
        assertTrue(one.at("/payload/n").isInt());
        assertEquals(
                "Not found: Point with id 5 does not exists!",
                get("/collections/docs/points/5").error());
        JsonNode some = post("/collections/docs/points", """
                {"ids":[1,5,8],"with_payload":{"include":["deep.a[].b"]}}""").result();
        assertEquals("[1,8]", ids(some));
        assertEquals("{\"deep\":{\"a\":[{\"b\":1}]}}", some.at("/0/payload").toString());
        assertFalse(some.get(0).has("vector"));

        JsonNode page = post("/collections/docs/points/scroll", "{\"limit\":2}").result();
        assertEquals("[1,7]", ids(page.get("points")));
        assertEquals(8, page.get("next_page_offset").asInt());
        page = post("/collections/docs/points/scroll", "{\"offset\":8,\"with_payload\":{\"exclude\":[\"city\"]}}")
                .result();
        assertEquals(3, page.get("points").size());
        assertTrue(page.get("next_page_offset").isNull());
        assertEquals(
                2,
                post("/collections/docs/points/count", """
                {"filter":{"should":[{"key":"city","match":{"any":["Rome","Berlin"]}}]},"exact":true}""")
                        .result()
                        .get("count")
                        .asInt());

        post("/collections/docs/points/delete?wait=true", "{\"points\":[1,99]}").result();
        post(
                        "/collections/docs/points/delete?wait=true",
                        "{\"filter\":{\"must\":[{\"key\":\"city\",\"match\":{\"value\":\"Rome\"}}]}}")
                .result();
        assertEquals(
                3,
                post("/collections/docs/points/count", "{}")
                        .result()
                        .get("count")
                        .asInt());
        assertEquals(3, get("/collections/docs").result().get("points_count").asInt());
    }

    @Test
    void searchesHybridWithServerSideBm25() throws Exception {
        put("/collections/docs", """
                {"vectors":{"dense":{"size":2,"distance":"Cosine"}},"sparse_vectors":{"bm25":{"modifier":"idf"}}}""").result();
        put("/collections/docs/points?wait=true", """
                {"points":[
                  {"id":1,"vector":{"dense":[1,0],"bm25":{"text":"The red fox runs","model":"qdrant/bm25"}}},
                  {"id":2,"vector":{"dense":[0,1],"bm25":{"text":"A blue whale swims","model":"qdrant/bm25"}}},
                  {"id":3,"vector":{"dense":[1,1],"bm25":{"indices":[5,1],"values":[0.5,1]}}}]}""").result();
        assertEquals(
                "[2]", ids(post("/collections/docs/points/query", """
                {"query":{"text":"whales","model":"qdrant/bm25"},"using":"bm25"}""").result().get("points")));
        JsonNode fused = post("/collections/docs/points/query", """
                {"prefetch":[{"query":[1,0],"using":"dense","limit":5},
                             {"query":{"text":"fox","model":"qdrant/bm25"},"using":"bm25"}],
                 "query":{"fusion":"rrf"},"limit":2}""").result().get("points");
        assertEquals("[1,3]", ids(fused));
        assertEquals(1.0, fused.at("/0/score").asDouble(), 1e-6);
        assertEquals(
                "[1,3,2]",
                ids(post("/collections/docs/points/query", """
                {"prefetch":{"query":[1,0],"using":"dense"},"query":{"fusion":"dbsf"}}""").result().get("points")));
        JsonNode stored = post("/collections/docs/points", """
                {"ids":[3],"with_payload":false,"with_vector":["bm25"]}""").result();
        assertEquals(
                "{\"bm25\":{\"indices\":[1,5],\"values\":[1.0,0.5]}}",
                stored.at("/0/vector").toString());
        assertTrue(stored.get(0).get("payload").isNull());
        Answer image = put("/collections/docs/points", """
                {"points":[{"id":4,"vector":{"dense":{"text":"x","model":"some/model"}}}]}""");
        assertEquals(400, image.status());
        assertTrue(image.error().startsWith("Bad request: InferenceService is not initialized"), image.error());
    }

    @Test
    void editsPayloadsAndVectorsAloneAndInOneBatch() throws Exception {
        put(
                        "/collections/docs",
                        "{\"vectors\":{\"a\":{\"size\":1,\"distance\":\"Dot\"},\"b\":{\"size\":2,\"distance\":\"Euclid\"}}}")
                .result();
        put("/collections/docs/points", "{\"points\":[{\"id\":1,\"vector\":{\"a\":[1]},\"payload\":{\"x\":1}}]}")
                .result();
        post("/collections/docs/points/payload?wait=true", "{\"payload\":{\"y\":2},\"points\":[1]}")
                .result();
        put("/collections/docs/points/vectors", "{\"points\":[{\"id\":1,\"vector\":{\"b\":[3,4]}}]}")
                .result();
        JsonNode point = get("/collections/docs/points/1").result();
        assertEquals("{\"x\":1,\"y\":2}", point.get("payload").toString());
        assertEquals(2, point.get("vector").size());
        JsonNode near = post("/collections/docs/points/query", "{\"query\":[0,0],\"using\":\"b\"}")
                .result();
        assertEquals(5.0, near.at("/points/0/score").asDouble());
        JsonNode results = post("/collections/docs/points/batch?wait=true", """
                {"operations":[
                  {"upsert":{"points":[{"id":2,"vector":{"a":[2]},"payload":{"z":true}}]}},
                  {"overwrite_payload":{"payload":{"only":1},"filter":{"must":[{"key":"z","match":{"value":true}}]}}},
                  {"delete_payload":{"keys":["x"],"points":[1]}},
                  {"delete_vectors":{"vector":["a"],"points":[1]}}]}""").result();
        assertEquals(4, results.size());
        assertEquals(
                "{\"only\":1}",
                get("/collections/docs/points/2").result().get("payload").toString());
        assertEquals(
                "{\"b\":[3.0,4.0]}",
                get("/collections/docs/points/1").result().get("vector").toString());
        Answer half = post("/collections/docs/points/batch", """
                {"operations":[{"delete":{"points":[1]}},{"set_payload":{"payload":{},"points":[77]}}]}""");
        assertEquals(404, half.status());
        assertEquals("Not found: No point with id 77 found", half.error());
        assertEquals(
                2,
                post("/collections/docs/points/count", "{}")
                        .result()
                        .get("count")
                        .asInt());
    }

    @Test
    void recordsPayloadIndexes() throws Exception {
        put("/collections/docs", "{\"vectors\":{}}").result();
        put(
                        "/collections/docs/points",
                        "{\"points\":[{\"id\":1,\"vector\":{},\"payload\":{\"t\":\"Brave new world\"}}]}")
                .result();
        String partial = "{\"filter\":{\"must\":{\"key\":\"t\",\"match\":{\"text\":\"world brave\"}}}}";
        assertEquals(
                0,
                post("/collections/docs/points/count", partial)
                        .result()
                        .get("count")
                        .asInt());
        put("/collections/docs/index?wait=true", "{\"field_name\":\"t\",\"field_schema\":{\"type\":\"text\"}}")
                .result();
        put("/collections/docs/index", "{\"field_name\":\"n\",\"field_schema\":\"integer\"}")
                .result();
        assertEquals(
                1,
                post("/collections/docs/points/count", partial)
                        .result()
                        .get("count")
                        .asInt());
        JsonNode schema = get("/collections/docs").result().get("payload_schema");
        assertEquals("text", schema.at("/t/data_type").asText());
        assertEquals(1, schema.at("/t/points").asInt());
        assertEquals("{\"data_type\":\"integer\",\"points\":0}", schema.get("n").toString());
        send("DELETE", "/collections/docs/index/n", "").result();
        assertFalse(get("/collections/docs").result().get("payload_schema").has("n"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PUT /collections/docs/points | {\"points\":[{\"id\":1 | 400 | Format error in JSON body: ",
                "PUT /collections/docs/points |  | 400 | Format error in JSON body: EOF",
                "PUT /collections/docs/points | [] | 400 | Format error in JSON body: expected an object",
                "PUT /collections/docs/points | {\"points\":[{\"id\":1,\"vector\":[1,2,3,4]}]}] | 400 | Format error in JSON body: ",
                "PUT /collections/docs/points | {\"points\":[{\"id\":1,\"vector\":\"x\"}]} | 400 | Format error in JSON body: ",
                "PUT /collections/docs/points | {\"points\":[{\"id\":1,\"vector\":[1,\"2\",3,4]}]} | 400 | Format error in JSON body: ",
                "PUT /collections/docs/points | {\"points\":[{\"id\":-1,\"vector\":[1,2,3,4]}]} | 400 | Format error in JSON body: ",
                "PUT /collections/docs/points | {\"points\":[{\"id\":1.5,\"vector\":[1,2,3,4]}]} | 400 | Format error in JSON body: ",
                "PUT /collections/docs/points | {\"points\":[{\"id\":\"7\",\"vector\":[1,2,3,4]}]} | 400 | Format error in JSON body: ",
                "PUT /collections/docs/points | {\"points\":[{\"id\":18446744073709551616,\"vector\":[1,2,3,4]}]} | 400 | Format error in JSON body: ",
                "PUT /collections/docs/points | {\"points\":[{\"id\":1,\"vector\":[1,2,3,1e39]}]} | 400 | Format error in JSON body: ",
                "PUT /collections/docs/points | {\"points\":[{\"id\":1,\"vector\":[1,2,3,NaN]}]} | 400 | Format error in JSON body: ",
                "PUT /collections/docs/points | {\"points\":[{\"id\":1,\"vector\":[]}]} | 422 | Validation error in JSON body: ",
                "PUT /collections/docs/points | {\"points\":[{\"id\":1,\"vector\":[[1,2,3,4]]}]} | 400 | Wrong input: ",
                "PUT /collections/docs/points | {\"points\":[{\"id\":1,\"vector\":[1,2,3,4]},{\"id\":2,\"vector\":[1,2,3]}]} | 400 | Wrong input: Vector dimension error: expected dim: 4, got 3",
                "PUT /collections/docs/points | {\"points\":[{\"id\":1,\"vector\":{\"x\":[1,2,3,4]}}]} | 400 | Wrong input: Not existing vector name error: x",
                "PUT /collections/docs/points | {\"points\":[{\"id\":1,\"vector\":{\"s\":{\"indices\":[1,1],\"values\":[1,2]}}}]} | 422 | Validation error in JSON body: ",
                "PUT /collections/docs/points | {\"points\":[{\"id\":1,\"vector\":{\"s\":{\"indices\":[1],\"values\":[1,2]}}}]} | 422 | Validation error in JSON body: ",
                "PUT /collections/docs/points | {\"batch\":{\"ids\":[1,2],\"vectors\":[[1,2,3,4]]}} | 422 | Validation error in JSON body: ",
                "PUT /collections/docs/points?wait=yes | {\"points\":[{\"id\":1,\"vector\":[1,2,3,4]}]} | 400 | Deserialize error in query parameters: ",
                "PUT /collections/docs/points?timeout=0 | {\"points\":[{\"id\":1,\"vector\":[1,2,3,4]}]} | 422 | Validation error in query parameters: ",
                "PUT /collections/none/points | {\"points\":[{\"id\":1,\"vector\":[1,2,3,4]}]} | 404 | Not found: Collection `none` doesn't exist!",
                "POST /collections/docs/points/query | {\"query\":[1,2]} | 400 | Wrong input: Vector dimension error: expected dim: 4, got 2",
                "POST /collections/docs/points/query | {\"query\":[1,2,3,4],\"limit\":0} | 422 | 'Validation error in JSON body: [internal.limit: value 0 invalid, must be 1 or larger]'",
                "POST /collections/docs/points/query | {\"query\":[1,2,3,4],\"limit\":-1} | 400 | Format error in JSON body: ",
                "POST /collections/docs/points/query | {\"query\":5} | 404 | Not found: No point with id 5 found",
                "POST /collections/docs/points/query | {\"query\":\"soon\"} | 400 | Format error in JSON body: ",
                "POST /collections/docs/points/query | {\"query\":{\"fusion\":\"rrf\"}} | 400 | Bad request: ",
                "POST /collections/docs/points/query | {\"query\":{\"recommend\":{}}} | 422 | Validation error in JSON body: ",
                "POST /collections/docs/points/query | {\"query\":[1,2,3,4],\"params\":{\"hnsw_ef\":0}} | 422 | Validation error in JSON body: ",
                "POST /collections/docs/points/query | {\"query\":[1,2,3,4],\"filter\":{\"must\":[{\"key\":\"a\",\"matches\":{}}]}} | 400 | Format error in JSON body: ",
                "POST /collections/docs/points/query | {\"query\":[1,2,3,4],\"filter\":{\"musst\":[]}} | 400 | Format error in JSON body: ",
                "POST /collections/docs/points/query | {\"query\":[1,2,3,4],\"filter\":{\"must\":[{\"key\":\"a\",\"geo_radius\":{}}]}} | 400 | Format error in JSON body: ",
                "POST /collections/docs/points/delete | {} | 400 | Bad request: Either list of point ids or filter must be provided",
                "POST /collections/docs/points/scroll | {\"order_by\":\"n\"} | 400 | Bad request: ",
                "GET /collections/docs/points/x |  | 400 | Bad request: ",
                "PUT /collections/other | {\"vectors\":{\"size\":0,\"distance\":\"Dot\"}} | 422 | 'Validation error in JSON body: [vectors.size: value 0 invalid, must be from 1 to 65536]'",
                "PUT /collections/other | {\"vectors\":{\"size\":65537,\"distance\":\"Dot\"}} | 422 | Validation error in JSON body: ",
                "PUT /collections/other | {\"vectors\":{\"size\":4,\"distance\":\"dot\"}} | 400 | Format error in JSON body: ",
                "PUT /collections/other | {\"vectors\":{\"size\":4,\"distance\":\"Dot\",\"datatype\":\"uint9\"}} | 400 | Format error in JSON body: ",
                "PUT /collections/other | {\"vectors\":{\"size\":4,\"distance\":\"Dot\"},\"shard_number\":0} | 422 | Validation error in JSON body: ",
                "PUT /collections/a%3Ab | {\"vectors\":{\"size\":4,\"distance\":\"Dot\"}} | 422 | Validation error in path parameters: ",
                "POST /collections/docs/facet | {} | 400 | Format error in JSON body: ",
                "DELETE /collections/docs/points | {} | 405 | Bad request: "
            })
    void refusesBadRequestsInTheEnvelopeAndStoresNothing(String target, String body, int status, String error)
            throws Exception {
        put("/collections/docs", """
                {"vectors":{"size":4,"distance":"Dot"},"sparse_vectors":{"s":{}}}""").result();
        String[] parts = target.split(" ", 2);
        Answer answer = send(parts[0], parts[1], Objects.requireNonNullElse(body, ""));
        assertEquals(status, answer.status(), answer.body()::toString);
        assertTrue(answer.error().startsWith(error), answer.error());
        assertEquals(
                0,
                post("/collections/docs/points/count", "{}")
                        .result()
                        .get("count")
                        .asInt());
        assertEquals(1, get("/collections").result().get("collections").size());
    }

    @Test
    void refusesHugeAndDeepBodies() throws Exception {
        put("/collections/docs", "{\"vectors\":{\"size\":1,\"distance\":\"Dot\"}}")
                .result();
        Answer huge = put("/collections/docs/points", "{\"points\":\"" + "x".repeat(33 << 20) + "\"}");
        assertEquals(413, huge.status());
        assertTrue(huge.body().at("/status/error").asText().startsWith("Bad request: "), huge.body()::toString);
        Answer deep = put(
                "/collections/docs/points",
                "{\"points\":[{\"id\":1,\"vector\":[1],\"payload\":{\"a\":" + "[".repeat(1_000_000) + "}}]}");
        assertEquals(400, deep.status());
        assertTrue(deep.error().startsWith("Format error in JSON body: "), deep.error());
        Answer wide = put("/collections/wide", "{\"vectors\":{\"size\":65536,\"distance\":\"Dot\"}}");
        assertTrue(wide.result().asBoolean());
        String vector = IntStream.range(0, 65_537).mapToObj(i -> "1").collect(Collectors.joining(","));
        Answer long1 = put("/collections/wide/points", "{\"points\":[{\"id\":1,\"vector\":[" + vector + "]}]}");
        assertEquals("Wrong input: Vector dimension error: expected dim: 65536, got 65537", long1.error());
        assertEquals(
                0,
                post("/collections/docs/points/count", "{}")
                        .result()
                        .get("count")
                        .asInt());
    }

    @Test
    void keepsTenantsApartAndAsksForAKey() throws Exception {
        put("/collections/docs", "{\"vectors\":{\"size\":1,\"distance\":\"Dot\"}}")
                .result();
        put("/collections/docs/points", "{\"points\":[{\"id\":1,\"vector\":[1]}]}")
                .result();
        Answer nobody =
                parse(client.send(HttpRequest.newBuilder(uri("/collections")).build(), BodyHandlers.ofString()));
        assertEquals(401, nobody.status());
        assertTrue(nobody.error().startsWith("Forbidden: "), nobody.error());
        Answer wrong = parse(client.send(
                HttpRequest.newBuilder(uri("/collections/docs/points/1"))
                        .header("api-key", "stolen")
                        .build(),
                BodyHandlers.ofString()));
        assertEquals(401, wrong.status());

        assertEquals(404, foreign("GET", "/collections/docs/points/1", "").status());
        assertEquals(
                404,
                foreign("PUT", "/collections/docs/points", "{\"points\":[{\"id\":2,\"vector\":[1]}]}")
                        .status());
        assertEquals(
                0,
                foreign("GET", "/collections", "").result().get("collections").size());
        assertTrue(foreign("PUT", "/collections/docs", "{\"vectors\":{\"size\":9,\"distance\":\"Dot\"}}")
                .result()
                .asBoolean());
        assertTrue(foreign("DELETE", "/collections/docs", "").result().asBoolean());
        assertEquals(1, get("/collections/docs").result().get("points_count").asInt());

        VectorsStatus mine =
                await(bus.ask(Vectors.STATUS, new StatusQuery(), Call.within(GLOBEX, "t", Duration.ofSeconds(5))));
        assertEquals(List.of(), mine.collections());
        VectorsStatus all = await(bus.ask(Vectors.STATUS, new StatusQuery(), Call.platform(Duration.ofSeconds(5))));
        assertEquals(1, all.collections().size());
        assertEquals("acme", all.collections().getFirst().tenant());
        assertTrue(telemetry.scrape().contains("pagoda_vectors_points 1.0"), telemetry.scrape());
    }

    @Test
    void restartRestoresPointsAndConfiguration() throws Exception {
        put("/collections/docs", "{\"vectors\":{\"size\":2,\"distance\":\"Cosine\"},\"metadata\":{\"k\":\"v\"}}")
                .result();
        put(
                        "/collections/docs/points",
                        "{\"points\":[{\"id\":1,\"vector\":[3,4],\"payload\":{\"a\":[1,null,{\"b\":2.0}]}}]}")
                .result();
        JsonNode before = get("/collections/docs").result();
        JsonNode point = get("/collections/docs/points/1").result();
        assertEquals("[0.6,0.8]", point.get("vector").toString());
        stop();
        start();
        assertEquals(before, get("/collections/docs").result());
        assertEquals(point, get("/collections/docs/points/1").result());
    }

    private static String ids(JsonNode points) {
        return IntStream.range(0, points.size())
                .mapToObj(i -> points.get(i).get("id").toString())
                .collect(Collectors.joining(",", "[", "]"));
    }

    private Answer get(String path) throws Exception {
        return send("GET", path, "");
    }

    private Answer put(String path, String body) throws Exception {
        return send("PUT", path, body);
    }

    private Answer post(String path, String body) throws Exception {
        return send("POST", path, body);
    }

    private Answer send(String method, String path, String body) throws Exception {
        return parse(raw(method, path, body));
    }

    private Answer foreign(String method, String path, String body) throws Exception {
        return parse(client.send(request(method, path, body, "globex-key"), BodyHandlers.ofString()));
    }

    private HttpResponse<String> raw(String method, String path, String body) throws IOException, InterruptedException {
        return client.send(request(method, path, body, "acme-key"), BodyHandlers.ofString());
    }

    private HttpRequest request(String method, String path, String body, String key) {
        return HttpRequest.newBuilder(uri(path))
                .header("api-key", key)
                .header("Content-Type", "application/json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
    }

    private static Answer parse(HttpResponse<String> response) throws JsonProcessingException {
        return new Answer(response.statusCode(), JSON.readTree(response.body()));
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.actualPort() + path);
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }
}
