package dev.pagoda.vectors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.ServerOptions;
import dev.pagoda.governance.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Snapshots as a client of Qdrant makes, fetches and brings them back.
class SnapshotHttpTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, Principal.Role> ROLES = Map.of("acme", Principal.Role.ADMIN);

    @TempDir
    Path home;

    private final HttpClient client = HttpClient.newHttpClient();
    private Vertx vertx;
    private VectorStore store;
    private HttpServer server;

    @BeforeEach
    void start() throws Exception {
        vertx = Vertx.vertx();
        HttpFloor http = new HttpFloor(
                vertx,
                key -> Future.succeededFuture(Optional.of(
                        new Principal(key, "t", "p", "k", ROLES.getOrDefault(key, Principal.Role.MEMBER)))));
        store = new VectorStore(
                new VectorStore.Floor(vertx, new Bus(vertx), http, new Telemetry()),
                VectorStoreConfig.defaults().withoutGrpc().withSnapshotHosts(List.of("127.0.0.1")),
                Optional.of(home));
        Router root = Router.router(vertx);
        store.mount(root);
        server = await(vertx.createHttpServer(ServerOptions.usual())
                .requestHandler(root)
                .listen(0, "127.0.0.1"));
        await(store.start());
        json("PUT", "/collections/docs", """
                {"vectors":{"size":2,"distance":"Dot"},"metadata":{"a":1}}""");
        json("PUT", "/collections/docs/points?wait=true", """
                {"points":[{"id":1,"vector":[1,0],"payload":{"n":1}},{"id":2,"vector":[0,1],"payload":{"n":2}}]}""");
    }

    @AfterEach
    void stop() throws Exception {
        await(store.stop());
        await(vertx.close());
    }

    @Test
    void makesListsFetchesAndDeletes() throws Exception {
        JsonNode made = make();
        assertTrue(
                made.get("creation_time").asText().matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d"),
                made::toString);
        assertEquals(JSON.createArrayNode().add(made), json("GET", "/collections/docs/snapshots", ""));
        byte[] file = fetch(made.get("name").asText());
        assertEquals(made.get("size").asLong(), file.length);
        assertEquals(
                made.get("checksum").asText(),
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(file)));
        String path = "/collections/docs/snapshots/" + made.get("name").asText();
        assertTrue(json("DELETE", path, "").asBoolean());
        assertEquals(404, send("acme", "DELETE", path, "").statusCode());
        assertEquals(404, send("acme", "GET", path, "").statusCode());
        assertEquals(0, json("GET", "/collections/docs/snapshots", "").size());
        assertEquals(
                404, send("acme", "POST", "/collections/none/snapshots", "").statusCode());
        HttpResponse<String> accepted = send("acme", "POST", "/collections/docs/snapshots?wait=false", "");
        assertEquals(202, accepted.statusCode());
        assertEquals("accepted", JSON.readTree(accepted.body()).get("status").asText());
    }

    @Test
    void bringsBackWhatWasAcrossARestart() throws Exception {
        String name = make().get("name").asText();
        json("POST", "/collections/docs/points/delete?wait=true", "{\"points\":[1]}");
        json("PUT", "/collections/docs/points?wait=true", "{\"points\":[{\"id\":9,\"vector\":[1,1]}]}");
        assertTrue(recover("docs", "file:///snapshots/docs/" + name, "").asBoolean());
        checkRecovered("docs");
        json("PUT", "/collections/docs/points?wait=true", "{\"points\":[{\"id\":3,\"vector\":[1,1]}]}");
        await(store.stop());
        await(store.start());
        assertEquals(3, count("docs"));
        json("POST", "/collections/docs/points/delete?wait=true", "{\"points\":[3]}");
        checkRecovered("docs");
    }

    @Test
    void bringsBackADeletedCollectionAndMakesAnotherOfIt() throws Exception {
        JsonNode made = make();
        String name = made.get("name").asText();
        String http = "http://127.0.0.1:" + server.actualPort() + "/collections/docs/snapshots/" + name;
        assertTrue(recover(
                        "copy",
                        http,
                        ",\"api_key\":\"acme\",\"checksum\":\""
                                + made.get("checksum").asText() + "\"")
                .asBoolean());
        checkRecovered("copy");
        assertTrue(json("DELETE", "/collections/docs", "").asBoolean());
        assertTrue(recover("docs", "file:///anywhere/" + name, ",\"priority\":\"snapshot\"")
                .asBoolean());
        checkRecovered("docs");
    }

    @Test
    void takesAnUploadedSnapshot() throws Exception {
        JsonNode made = make();
        byte[] file = fetch(made.get("name").asText());
        String checksum = made.get("checksum").asText();
        HttpResponse<String> wrong = upload("globex", "theirs", file, "?checksum=" + "0".repeat(64));
        assertEquals(400, wrong.statusCode(), wrong.body());
        assertTrue(wrong.body().contains("checksum mismatch"), wrong.body());
        HttpResponse<String> right = upload("globex", "theirs", file, "?priority=snapshot&checksum=" + checksum);
        assertEquals(200, right.statusCode(), right.body());
        HttpResponse<String> count = send("globex", "POST", "/collections/theirs/points/count", "{}");
        assertEquals(2, JSON.readTree(count.body()).at("/result/count").asInt(), count.body());
        file[file.length / 2] ^= 1;
        HttpResponse<String> damaged = upload("globex", "theirs", file, "");
        assertEquals(400, damaged.statusCode(), damaged.body());
        assertEquals(
                400,
                send("globex", "POST", "/collections/x/snapshots/upload", "{}").statusCode());
        assertEquals(400, upload("globex", "theirs", file, "?priority=never").statusCode());
    }

    @Test
    void snapshotsOfEverythingHoldTheCallersOwn() throws Exception {
        JsonNode made = json("POST", "/snapshots", "");
        assertEquals(JSON.createArrayNode().add(made), json("GET", "/snapshots", ""));
        String path = "/snapshots/" + made.get("name").asText();
        assertEquals(404, send("globex", "GET", path, "").statusCode());
        assertEquals(404, send("globex", "DELETE", path, "").statusCode());
        HttpResponse<byte[]> file = client.send(request("acme", "GET", path, ""), BodyHandlers.ofByteArray());
        assertArrayEquals(new byte[] {'P', 'K'}, Arrays.copyOf(file.body(), 2));
        assertTrue(json("DELETE", path, "").asBoolean());
    }

    @Test
    void namesNothingOfOthersAndNothingElseOnTheMachine() throws Exception {
        String name = make().get("name").asText();
        json("globex", "PUT", "/collections/docs", "{\"vectors\":{\"size\":2,\"distance\":\"Dot\"}}");
        assertEquals(
                404,
                send("globex", "GET", "/collections/docs/snapshots/" + name, "").statusCode());
        assertEquals(
                404,
                send("globex", "DELETE", "/collections/docs/snapshots/" + name, "")
                        .statusCode());
        for (String trick : List.of("..%2F..%2FMANIFEST", "%2Fetc%2Fpasswd", ".incoming-x", "a%00b", "%5C..%5Cx")) {
            int status = send("acme", "GET", "/collections/docs/snapshots/" + trick, "")
                    .statusCode();
            assertTrue(status == 404 || status == 400, trick + " gave " + status);
        }
        for (String location : List.of(
                "file:///etc/passwd",
                "file://" + home.resolve("MANIFEST"),
                "file:///",
                "file:///snapshots/docs/../../etc/passwd")) {
            HttpResponse<String> refused = tryRecover("globex", location);
            assertEquals(403, refused.statusCode(), location + " " + refused.body());
            assertTrue(
                    error(refused).startsWith("Forbidden: Snapshot file path must be inside the snapshots directory"),
                    refused.body());
        }
        HttpResponse<String> theirs = tryRecover("globex", "file:///snapshots/docs/" + name);
        HttpResponse<String> none = tryRecover("globex", "file:///snapshots/docs/none.snapshot");
        assertEquals(400, theirs.statusCode(), theirs.body());
        assertEquals(error(none).replace("none.snapshot", name), error(theirs));
        assertEquals("Bad request: Snapshot file \"/snapshots/docs/none.snapshot\" does not exist", error(none));
        for (String location : List.of("file://elsewhere/x.snapshot", "file://./x.snapshot", "file:x.snapshot")) {
            HttpResponse<String> refused = tryRecover("acme", location);
            assertEquals(400, refused.statusCode(), location + " " + refused.body());
            assertEquals(
                    "Bad request: Invalid snapshot URI, file path must be absolute or on localhost", error(refused));
        }
        for (String location : List.of("ftp://x/y", "::", "http://127.0.0.1:1/x", "gopher")) {
            HttpResponse<String> refused =
                    send("acme", "PUT", "/collections/docs/snapshots/recover", "{\"location\":\"" + location + "\"}");
            assertEquals(400, refused.statusCode(), location + " " + refused.body());
        }
        assertEquals(
                400,
                send("acme", "PUT", "/collections/docs/snapshots/recover", "{}").statusCode());
    }

    @Test
    void deletesInTheBackground() throws Exception {
        String name = make().get("name").asText();
        String path = "/collections/docs/snapshots/";
        assertEquals(
                202, send("acme", "DELETE", path + name + "?wait=false", "").statusCode());
        while (!json("GET", path, "").isEmpty()) {
            Thread.onSpinWait();
        }
        assertEquals(
                202, send("acme", "DELETE", path + name + "?wait=false", "").statusCode());
    }

    @Test
    void refusesWhatIsNoChecksum() throws Exception {
        HttpResponse<String> refused = upload("acme", "docs", new byte[] {1}, "?checksum=abc");
        assertEquals(422, refused.statusCode(), refused.body());
        assertTrue(refused.body().contains("invalid_sha256_hash"), refused.body());
        HttpResponse<String> recovery = send(
                "acme",
                "PUT",
                "/collections/docs/snapshots/recover",
                "{\"location\":\"file:///x.snapshot\",\"checksum\":\"" + "g".repeat(64) + "\"}");
        assertEquals(422, recovery.statusCode(), recovery.body());
    }

    private HttpResponse<String> tryRecover(String key, String location) throws Exception {
        return send(key, "PUT", "/collections/docs/snapshots/recover", "{\"location\":\"" + location + "\"}");
    }

    private static String error(HttpResponse<String> response) throws IOException {
        return JSON.readTree(response.body()).at("/status/error").asText();
    }

    private JsonNode make() throws Exception {
        return json("POST", "/collections/docs/snapshots", "");
    }

    private byte[] fetch(String name) throws Exception {
        HttpResponse<byte[]> response = client.send(
                request("acme", "GET", "/collections/docs/snapshots/" + name, ""), BodyHandlers.ofByteArray());
        assertEquals(200, response.statusCode());
        return response.body();
    }

    private JsonNode recover(String collection, String location, String more) throws Exception {
        return json(
                "PUT",
                "/collections/" + collection + "/snapshots/recover",
                "{\"location\":\"" + location + "\"" + more + "}");
    }

    private void checkRecovered(String collection) throws Exception {
        assertEquals(2, count(collection));
        JsonNode points =
                json("POST", "/collections/" + collection + "/points", "{\"ids\":[1,2],\"with_vector\":true}");
        assertEquals(1, points.at("/0/payload/n").asInt());
        assertEquals(1.0, points.at("/1/vector/1").asDouble());
        JsonNode info = json("GET", "/collections/" + collection, "");
        assertEquals(1, info.at("/config/metadata/a").asInt(), info::toString);
        JsonNode hits = json("POST", "/collections/" + collection + "/points/query", "{\"query\":[0,1],\"limit\":1}");
        assertEquals(2, hits.at("/points/0/id").asInt());
    }

    private int count(String collection) throws Exception {
        return json("POST", "/collections/" + collection + "/points/count", "{}")
                .get("count")
                .asInt();
    }

    private HttpResponse<String> upload(String key, String collection, byte[] file, String query) throws Exception {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(String.join(
                        "\r\n",
                        "--xyz",
                        "Content-Disposition: form-data; name=\"snapshot\"; filename=\"s.snapshot\"",
                        "Content-Type: application/octet-stream",
                        "",
                        "")
                .getBytes(StandardCharsets.UTF_8));
        body.writeBytes(file);
        body.writeBytes("\r\n--xyz--\r\n".getBytes(StandardCharsets.UTF_8));
        return client.send(
                HttpRequest.newBuilder(uri("/collections/" + collection + "/snapshots/upload" + query))
                        .header("api-key", key)
                        .header("Content-Type", "multipart/form-data; boundary=xyz")
                        .POST(BodyPublishers.ofByteArray(body.toByteArray()))
                        .build(),
                BodyHandlers.ofString());
    }

    private JsonNode json(String method, String path, String body) throws Exception {
        return json("acme", method, path, body);
    }

    private JsonNode json(String key, String method, String path, String body) throws Exception {
        HttpResponse<String> response = send(key, method, path, body);
        assertEquals(200, response.statusCode(), method + " " + path + ": " + response.body());
        return JSON.readTree(response.body()).get("result");
    }

    private HttpResponse<String> send(String key, String method, String path, String body)
            throws IOException, InterruptedException {
        return client.send(request(key, method, path, body), BodyHandlers.ofString());
    }

    private HttpRequest request(String key, String method, String path, String body) {
        return HttpRequest.newBuilder(uri(path))
                .header("api-key", key)
                .header("Content-Type", "application/json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.actualPort() + path);
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
}
