package dev.pagoda.registry.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.ServerOptions;
import dev.pagoda.governance.store.Store;
import dev.pagoda.governance.store.StoreConfig;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `expires_after`, over HTTP.
class FileExpiryTest {
    private static final long START = 1_790_000_000;
    private static final String FILES = "/v1/files";

    private final Vertx vertx = Vertx.vertx();
    private final Store store = Store.open(vertx, StoreConfig.defaults(), Optional.empty());
    private final HttpClient client = HttpClient.newHttpClient();
    private volatile Instant now = Instant.ofEpochSecond(START);
    private int port;

    @TempDir
    Path folder;

    private TenantFiles files;

    @BeforeEach
    void open() {
        store.migrate("registry");
        files = new TenantFiles(vertx, store, () -> now, Optional.of(folder));
        await(files.start());
        var principal = new Principal("acme", "team", "project", "key", Principal.Role.MEMBER);
        Router root = Router.router(vertx);
        new FileRoutes(files).mount(root, new HttpFloor(vertx, key -> Future.succeededFuture(Optional.of(principal))));
        port = await(vertx.createHttpServer(ServerOptions.usual())
                        .requestHandler(root)
                        .listen(0, "127.0.0.1"))
                .actualPort();
    }

    @AfterEach
    void close() {
        await(files.stop());
        store.close();
        client.close();
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }

    private record Answer(int status, JsonObject json) {
        JsonObject error() {
            return json.getJsonObject("error");
        }
    }

    private Answer send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> answer = client.send(
                    request.header("Authorization", "Bearer any")
                            .timeout(Duration.ofSeconds(60))
                            .build(),
                    BodyHandlers.ofString());
            return new Answer(answer.statusCode(), new JsonObject(answer.body()));
        } catch (IOException broken) {
            throw new IllegalStateException(broken);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    }

    private Answer get(String path) {
        return send(request(path).GET());
    }

    private Answer post(String path, String body) {
        return send(request(path).POST(BodyPublishers.ofString(body)));
    }

    /// Sends a file with more fields of its form.
    private Answer upload(Map<String, String> fields) {
        var form = new StringBuilder();
        fields.forEach((name, value) -> form.append("--cut\r\nContent-Disposition: form-data; name=\"")
                .append(name)
                .append("\"\r\n\r\n")
                .append(value)
                .append("\r\n"));
        form.append("--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n")
                .append("Content-Type: text/plain\r\n\r\n12345\r\n--cut--\r\n");
        return send(request(FILES)
                .header("Content-Type", "multipart/form-data; boundary=cut")
                .POST(BodyPublishers.ofString(form.toString())));
    }

    private Answer upload(String anchor, String seconds) {
        return upload(Map.of("purpose", "batch", "expires_after[anchor]", anchor, "expires_after[seconds]", seconds));
    }

    private List<Path> blobs() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    @Test
    void aFileIsGoneWhenItsTimeIsOverAndSweptAway() throws IOException {
        Answer made = upload("created_at", "3600");
        assertEquals(START + 3_600, made.json().getLong("expires_at"));
        String path = FILES + "/" + made.json().getString("id");
        String kept = upload(Map.of("purpose", "batch")).json().getString("id");

        now = now.plusSeconds(3_599);
        assertEquals(200, get(path).status());
        now = now.plusSeconds(1);
        assertEquals(404, get(path).status());
        assertEquals(404, get(path + "/content").status());
        assertEquals(404, send(request(path).DELETE()).status());
        assertEquals(1, get(FILES).json().getJsonArray("data").size());

        assertEquals(2, blobs().size());
        assertEquals(1, await(files.sweep()));
        assertEquals(1, blobs().size());
        assertEquals(200, get(FILES + "/" + kept).status());
    }

    @Test
    void aFileWithoutATimeSaysNone() {
        assertFalse(upload(Map.of("purpose", "batch")).json().containsKey("expires_at"));
    }

    @Test
    void aFormMaySayItAsJson() {
        Answer made =
                upload(Map.of("purpose", "batch", "expires_after", "{\"anchor\":\"created_at\",\"seconds\":2592000}"));

        assertEquals(START + 2_592_000, made.json().getLong("expires_at"));
    }

    @Test
    void whatIsOutOfRangeIsRefusedByItsName() {
        Answer low = upload("created_at", "3599");
        assertEquals(400, low.status());
        assertEquals("invalid_request_error", low.error().getString("type"));
        assertEquals("expires_after.seconds", low.error().getString("param"));
        assertEquals("integer_below_min_value", low.error().getString("code"));
        assertEquals(
                "integer_above_max_value",
                upload("created_at", "2592001").error().getString("code"));
        assertEquals("invalid_type", upload("created_at", "soon").error().getString("code"));
        assertEquals("invalid_value", upload("last_active_at", "3600").error().getString("code"));
        assertEquals(
                "expires_after.anchor",
                upload(Map.of("purpose", "batch", "expires_after[seconds]", "3600"))
                        .error()
                        .getString("param"));
        assertEquals("purpose", upload(Map.of()).error().getString("param"));
        assertTrue(get(FILES).json().getJsonArray("data").isEmpty());
    }

    @Test
    void anUploadGivesItsFileTheTime() {
        String body = "{\"filename\":\"a\",\"purpose\":\"batch\",\"bytes\":0,\"mime_type\":\"text/plain\","
                + "\"expires_after\":{\"anchor\":\"created_at\",\"seconds\":%d}}";
        assertEquals(
                "expires_after.seconds",
                post("/v1/uploads", body.formatted(1)).error().getString("param"));
        String id = post("/v1/uploads", body.formatted(7_200)).json().getString("id");
        now = now.plusSeconds(10);
        Answer done = post("/v1/uploads/" + id + "/complete", "{\"part_ids\":[]}");

        assertEquals(START + 7_210, done.json().getJsonObject("file").getLong("expires_at"));
    }
}
