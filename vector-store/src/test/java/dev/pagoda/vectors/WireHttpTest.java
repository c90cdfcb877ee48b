package dev.pagoda.vectors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.ServedStore.Answer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is common to all paths: keys, encodings, methods, other origins and unknown places.
class WireHttpTest {
    private static final String PLAIN = "{\"vectors\":{\"size\":1,\"distance\":\"Dot\"}}";

    @TempDir
    Path home;

    private ServedStore store;

    @BeforeEach
    void start() {
        store = new ServedStore(home);
        store.put("/collections/docs", PLAIN).result();
    }

    @AfterEach
    void stop() {
        store.close();
    }

    @Test
    void eitherHeaderCarriesTheKey() {
        for (Map<String, String> headers : List.of(
                Map.of("api-key", "acme-key"),
                Map.of("Authorization", "Bearer acme-key"),
                Map.of("Authorization", "bearer acme-key"))) {
            Answer answer = store.send("GET", "/collections", BodyPublishers.noBody(), headers);
            assertEquals(1, answer.result().get("collections").size());
        }
        for (Map<String, String> headers : List.of(
                Map.<String, String>of(),
                Map.of("api-key", "wrong"),
                Map.of("Authorization", "Bearer wrong"),
                Map.of("Authorization", "acme-key"))) {
            for (String path : new String[] {"/collections", "/telemetry", "/issues", "/cluster", "/quotas"}) {
                Answer answer = store.send("GET", path, BodyPublishers.noBody(), headers);
                assertEquals(401, answer.status(), path);
                assertTrue(answer.error().startsWith("Forbidden: "), answer.error());
            }
        }
        assertEquals(
                200, store.send("GET", "/", BodyPublishers.noBody(), Map.of()).status());
    }

    @Test
    void aSlashAtTheEndIsTheSamePath() {
        assertEquals(1, store.get("/collections/").result().get("collections").size());
        assertEquals(
                0, store.get("/collections/docs/").result().get("points_count").asInt());
        assertTrue(store.get("/collections/docs/exists/").result().get("exists").asBoolean());
        assertEquals("disabled", store.get("/cluster/").result().get("status").asText());
        store.put("/collections/more/", PLAIN).result();
        assertTrue(store.delete("/collections/more/").result().asBoolean());
    }

    @Test
    void unknownPlacesAreAnsweredInTheEnvelope() {
        for (String path : new String[] {"/collections/docs/nothing", "/aliases/x", "/cluster/x/y", "/issues/1"}) {
            Answer answer = store.get(path);
            assertEquals(404, answer.status(), path);
            assertTrue(answer.error().startsWith("Not found: "), answer.error());
        }
        assertEquals(405, store.post("/collections", "{}").status());
        assertEquals(405, store.post("/collections/", "{}").status());
        assertEquals(405, store.delete("/aliases").status());
    }

    @Test
    void aHeadIsAGetWithoutABody() {
        HttpResponse<byte[]> head =
                store.raw("HEAD", "/collections/docs", BodyPublishers.noBody(), Map.of("api-key", "acme-key"));
        assertEquals(200, head.statusCode());
        assertEquals(0, head.body().length);
        assertEquals(
                404,
                store.raw("HEAD", "/collections/none", BodyPublishers.noBody(), Map.of("api-key", "acme-key"))
                        .statusCode());
    }

    @Test
    void pagesOfOtherSitesMayCall() {
        Answer preflight = store.send(
                "OPTIONS",
                "/collections/docs/points/query",
                BodyPublishers.noBody(),
                Map.of(
                        "Origin", "https://example.org",
                        "Access-Control-Request-Method", "POST",
                        "Access-Control-Request-Headers", "api-key,content-type"));
        assertEquals(200, preflight.status());
        assertEquals("*", preflight.header("Access-Control-Allow-Origin"));
        assertTrue(preflight.header("Access-Control-Allow-Methods").contains("POST"));
        assertEquals("api-key,content-type", preflight.header("Access-Control-Allow-Headers"));
        Answer call = store.send(
                "GET",
                "/collections",
                BodyPublishers.noBody(),
                Map.of("Origin", "https://example.org", "api-key", "acme-key"));
        assertEquals("*", call.header("Access-Control-Allow-Origin"));
        assertEquals(1, call.result().get("collections").size());
        Answer refused =
                store.send("GET", "/collections", BodyPublishers.noBody(), Map.of("Origin", "https://example.org"));
        assertEquals(401, refused.status());
        assertEquals("*", refused.header("Access-Control-Allow-Origin"));
        assertEquals("", store.get("/collections").header("Access-Control-Allow-Origin"));
    }

    @Test
    void aLargeAnswerIsCompressedIfThatWasAskedFor() throws Exception {
        store.put(
                        "/collections/docs/points",
                        "{\"points\":[{\"id\":1,\"vector\":[1],\"payload\":{\"t\":\"" + "word ".repeat(5_000)
                                + "\"}}]}")
                .result();
        byte[] plain = raw("/collections/docs/points/1", "identity", "");
        assertTrue(plain.length > 25_000);
        assertArrayEquals(head(plain), head(raw("/collections/docs/points/1", "", "")));
        assertArrayEquals(head(plain), head(raw("/collections/docs/points/1", "br, gzip;q=0", "")));
        byte[] packed = raw("/collections/docs/points/1", "br;q=1.0, gzip;q=0.8, *;q=0.1", "gzip");
        assertTrue(packed.length < 2_000, packed.length + " bytes");
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
            assertArrayEquals(head(plain), head(in.readAllBytes()));
        }
        assertTrue(raw("/collections", "gzip", "").length > 0);
    }

    @Test
    void aCompressedBodyIsTaken() throws Exception {
        byte[] body = "{\"points\":[{\"id\":1,\"vector\":[1]}]}".getBytes(StandardCharsets.UTF_8);
        assertEquals(200, put(gzip(body), "gzip").status());
        ByteArrayOutputStream deflated = new ByteArrayOutputStream();
        try (OutputStream out = new DeflaterOutputStream(deflated)) {
            out.write(body);
        }
        assertEquals(200, put(deflated.toByteArray(), "deflate").status());
        assertEquals(200, put(body, "identity").status());
        Answer unknown = put(body, "br");
        assertEquals(400, unknown.status());
        assertTrue(unknown.error().startsWith("Bad request: content encoding `br`"), unknown.error());
        Answer broken = put(body, "gzip");
        assertEquals(400, broken.status());
        assertEquals(
                1, store.get("/collections/docs").result().get("points_count").asInt());
    }

    @Test
    void aBodyThatIsTooLargePackedOrUnpackedIsRefused() throws Exception {
        byte[] huge = new byte[33 << 20];
        Arrays.fill(huge, (byte) ' ');
        byte[] bomb = gzip(huge);
        assertTrue(bomb.length < 100_000);
        Answer unpacked = put(bomb, "gzip");
        assertEquals(413, unpacked.status());
        assertTrue(unpacked.error().startsWith("Bad request: "), unpacked.error());
        assertEquals(413, put(huge, "identity").status());
        assertEquals(
                0, store.get("/collections/docs").result().get("points_count").asInt());
    }

    private Answer put(byte[] body, String encoding) {
        return store.send(
                "PUT",
                "/collections/docs/points",
                BodyPublishers.ofByteArray(body),
                Map.of("api-key", "acme-key", "Content-Encoding", encoding));
    }

    private byte[] raw(String path, String accepted, String encoding) {
        Map<String, String> headers = new HashMap<>(Map.of("api-key", "acme-key"));
        if (!accepted.isEmpty()) {
            headers.put("Accept-Encoding", accepted);
        }
        HttpResponse<byte[]> answer = store.raw("GET", path, BodyPublishers.noBody(), headers);
        assertEquals(200, answer.statusCode());
        assertEquals(encoding, answer.headers().firstValue("Content-Encoding").orElse(""));
        return answer.body();
    }

    /// All but the time.
    private static byte[] head(byte[] answer) {
        return Arrays.copyOf(answer, 25_000);
    }

    private static byte[] gzip(byte[] body) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            out.write(body);
        }
        return packed.toByteArray();
    }
}
