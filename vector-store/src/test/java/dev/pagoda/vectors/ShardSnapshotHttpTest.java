package dev.pagoda.vectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.vectors.ServedStore.Answer;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Snapshots of the one shard that a collection has, whole and partial.
class ShardSnapshotHttpTest {
    private static final String SHARD = "/collections/docs/shards/0";
    private static final String SNAPSHOTS = SHARD + "/snapshots";
    private static final String PARTIAL = SHARD + "/snapshot/partial";

    private ServedStore store;

    @BeforeEach
    void start(@TempDir Path home) {
        store = new ServedStore(home, VectorStoreConfig.defaults().withSnapshotHosts(List.of("127.0.0.1")));
        store.put("/collections/docs", "{\"vectors\":{\"size\":2,\"distance\":\"Dot\"}}")
                .result();
        store.put(
                        "/collections/docs/points?wait=true",
                        "{\"points\":[{\"id\":1,\"vector\":[1,0]},{\"id\":2,\"vector\":[0,1]}]}")
                .result();
    }

    @AfterEach
    void stop() {
        store.close();
    }

    @Test
    void areKeptApartFromThoseOfTheCollection() {
        JsonNode made = store.post(SNAPSHOTS, "").result();
        String name = made.get("name").asText();
        assertTrue(name.startsWith("docs-shard-0-") && name.endsWith(".snapshot"), name);
        assertEquals(name, store.get(SNAPSHOTS).result().at("/0/name").asText());
        assertEquals(0, store.get("/collections/docs/snapshots").result().size());
        assertEquals(404, store.get("/collections/docs/snapshots/" + name).status());
        HttpResponse<byte[]> file = bytes("GET", SNAPSHOTS + "/" + name, "");
        assertEquals(made.get("size").asInt(), file.body().length);
        assertTrue(store.delete(SNAPSHOTS + "/" + name).result().asBoolean());
        assertEquals(0, store.get(SNAPSHOTS).result().size());
    }

    @Test
    void bringTheShardBack() {
        String name = store.post(SNAPSHOTS, "").result().get("name").asText();
        forget();
        recover("{\"location\":\"" + name + "\"}").result();
        assertEquals(2, count());
        forget();
        byte[] file = bytes("GET", SNAPSHOTS + "/" + name, "").body();
        upload(SNAPSHOTS + "/upload", file).result();
        assertEquals(2, count());
        forget();
        String url = store.uri(SNAPSHOTS + "/" + name).toString();
        send("admin-key", "PUT", SNAPSHOTS + "/recover", "{\"location\":\"" + url + "\",\"api_key\":\"acme-key\"}")
                .result();
        assertEquals(2, count());
    }

    @Test
    void needTheirCollectionAndItsVectors() {
        String name = store.post(SNAPSHOTS, "").result().get("name").asText();
        byte[] file = bytes("GET", SNAPSHOTS + "/" + name, "").body();
        assertEquals(
                404,
                store.put("/collections/none/shards/0/snapshots/recover", "{\"location\":\"any\"}")
                        .status());
        assertEquals(
                404, upload("/collections/none/shards/0/snapshots/upload", file).status());
        store.put("/collections/other", "{\"vectors\":{\"size\":3,\"distance\":\"Dot\"}}")
                .result();
        Answer other = upload("/collections/other/shards/0/snapshots/upload", file);
        assertEquals(400, other.status());
        assertTrue(
                other.error().startsWith("Wrong input: the snapshot is of a shard with other vectors"), other.error());
        assertEquals(404, recover("{\"location\":\"none.snapshot\"}").status());
        assertEquals(404, recover("{\"location\":\"../docs/" + name + "\"}").status());
        Answer file404 = recover("{\"location\":\"file:///" + name + "\"}");
        assertEquals(400, file404.status());
        assertTrue(file404.error().contains("URLs with file scheme are not supported"), file404.error());
        assertEquals(
                400,
                recover("{\"location\":\"http://127.0.0.1:1/x\"}", "admin-key").status());
        assertEquals(403, recover("{\"location\":\"http://127.0.0.1:1/x\"}").status());
        assertEquals(
                403,
                recover("{\"location\":\"http://localhost:1/x\"}", "admin-key").status());
        assertEquals(404, store.get("/collections/docs/shards/1/snapshots").status());
        assertEquals(404, store.get("/collections/docs/shards/1/snapshot").status());
        assertEquals(400, store.get("/collections/docs/shards/x/snapshots").status());
    }

    @Test
    void aManifestTellsTheLastChangeOfEveryFile() {
        JsonNode before = store.get(PARTIAL + "/manifest").result();
        long deletion = store.post(
                        "/collections/docs/points/vectors/delete?wait=true", "{\"points\":[1],\"vector\":[\"\"]}")
                .result()
                .get("operation_id")
                .asLong();
        JsonNode after = store.get(PARTIAL + "/manifest").result();
        assertNotEquals(before, after);
        JsonNode segment = after.elements().next();
        assertEquals(after.fieldNames().next(), segment.get("segment_id").asText());
        assertEquals(deletion, segment.get("segment_version").asLong());
        assertEquals(
                deletion,
                segment.at("/file_versions").get("vector_storage/vectors").asLong());
    }

    @Test
    void whoHasTheNewestGetsNothing() {
        String manifest = store.get(PARTIAL + "/manifest").result().toString();
        assertEquals(304, bytes("POST", PARTIAL + "/create", manifest).statusCode());
        assertEquals(200, bytes("POST", PARTIAL + "/create", "{}").statusCode());
        forget();
        HttpResponse<byte[]> newer = bytes("POST", PARTIAL + "/create", manifest);
        assertEquals(200, newer.statusCode());
        assertEquals(400, bytes("POST", PARTIAL + "/create", "{\"a\":1}").statusCode());
        store.put("/collections/copy", "{\"vectors\":{\"size\":2,\"distance\":\"Dot\"}}")
                .result();
        upload("/collections/copy/shards/0/snapshot/partial/recover", newer.body())
                .result();
        assertEquals(
                1,
                store.post("/collections/copy/points/count", "{}")
                        .result()
                        .get("count")
                        .asInt());
        assertEquals(
                422,
                upload("/collections/copy/shards/0/snapshot/partial/recover?checksum=abc", newer.body())
                        .status());
    }

    @Test
    void aServerCopiesWhatIsNewerFromAnother(@TempDir Path elsewhere) {
        try (ServedStore peer = new ServedStore(elsewhere)) {
            peer.put("/collections/docs", "{\"vectors\":{\"size\":2,\"distance\":\"Dot\"}}")
                    .result();
            peer.put("/collections/docs/points?wait=true", "{\"points\":[{\"id\":7,\"vector\":[1,0]}]}")
                    .result();
            String from = "{\"peer_url\":\"" + peer.uri("/") + "\",\"api_key\":\"acme-key\"}";
            assertTrue(send("admin-key", "POST", PARTIAL + "/recover_from", from)
                    .result()
                    .asBoolean());
            assertEquals(1, count());
            assertEquals(
                    403,
                    send("acme-key", "POST", PARTIAL + "/recover_from", from).status());
        }
        String ourselves = "{\"peer_url\":\"" + store.uri("") + "\",\"api_key\":\"acme-key\"}";
        assertEquals(
                "false",
                send("admin-key", "POST", PARTIAL + "/recover_from", ourselves)
                        .result()
                        .asText());
    }

    private void forget() {
        store.post("/collections/docs/points/delete?wait=true", "{\"points\":[1]}")
                .result();
        assertEquals(1, count());
    }

    private int count() {
        return store.post("/collections/docs/points/count", "{}")
                .result()
                .get("count")
                .asInt();
    }

    private Answer recover(String body) {
        return recover(body, "acme-key");
    }

    private Answer recover(String body, String key) {
        return send(key, "PUT", SNAPSHOTS + "/recover", body);
    }

    private Answer send(String key, String method, String path, String body) {
        return store.send(method, path, BodyPublishers.ofString(body), Map.of("api-key", key));
    }

    private HttpResponse<byte[]> bytes(String method, String path, String body) {
        return store.raw(method, path, BodyPublishers.ofString(body), Map.of("api-key", "acme-key"));
    }

    private Answer upload(String path, byte[] file) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(String.join(
                        "\r\n",
                        "--xyz",
                        "Content-Disposition: form-data; name=\"snapshot\"; filename=\"s\"",
                        "Content-Type: application/octet-stream",
                        "",
                        "")
                .getBytes(StandardCharsets.UTF_8));
        body.writeBytes(file);
        body.writeBytes("\r\n--xyz--\r\n".getBytes(StandardCharsets.UTF_8));
        return store.send(
                "POST",
                path,
                BodyPublishers.ofByteArray(body.toByteArray()),
                Map.of("api-key", "acme-key", "Content-Type", "multipart/form-data; boundary=xyz"));
    }
}
