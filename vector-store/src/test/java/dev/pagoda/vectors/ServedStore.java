package dev.pagoda.vectors;

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
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A store behind a port of its own, and a client of it with the key of tenant `acme`.
final class ServedStore implements AutoCloseable {
    static final ObjectMapper JSON = new ObjectMapper();

    private static final Map<String, Principal> KEYS = Map.of(
            "acme-key", new Principal("acme", "t", "p", "k1", Principal.Role.MEMBER),
            "globex-key", new Principal("globex", "t", "p", "k2", Principal.Role.MEMBER),
            "admin-key", new Principal("acme", "t", "p", "k3", Principal.Role.ADMIN));

    final Telemetry telemetry = new Telemetry();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Vertx vertx = Vertx.vertx();
    private final VectorStore store;
    private final HttpServer server;

    /// What came back.
    record Answer(int status, HttpResponse<String> response) {
        JsonNode body() {
            try {
                return JSON.readTree(response.body());
            } catch (IOException noJson) {
                throw new AssertionError(response.body(), noJson);
            }
        }

        JsonNode result() {
            assertEquals(200, status, response::body);
            assertEquals("ok", body().get("status").asText());
            assertTrue(body().get("time").isDouble(), response::body);
            return body().get("result");
        }

        String error() {
            assertTrue(body().get("time").isNumber(), response::body);
            return body().at("/status/error").asText();
        }

        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }
    }

    ServedStore(Path home) {
        this(home, VectorStoreConfig.defaults());
    }

    ServedStore(Path home, VectorStoreConfig config) {
        HttpFloor http = new HttpFloor(vertx, key -> Future.succeededFuture(Optional.ofNullable(KEYS.get(key))));
        store = new VectorStore(
                new VectorStore.Floor(vertx, new Bus(vertx), http, telemetry), config.withoutGrpc(), Optional.of(home));
        Router root = Router.router(vertx);
        store.mount(root);
        server = await(vertx.createHttpServer(ServerOptions.usual())
                .requestHandler(root)
                .listen(0, "127.0.0.1"));
        await(store.start());
    }

    @Override
    public void close() {
        await(store.stop());
        await(vertx.close());
    }

    Answer get(String path) {
        return send("GET", path, "");
    }

    Answer put(String path, String body) {
        return send("PUT", path, body);
    }

    Answer post(String path, String body) {
        return send("POST", path, body);
    }

    Answer patch(String path, String body) {
        return send("PATCH", path, body);
    }

    Answer delete(String path) {
        return send("DELETE", path, "");
    }

    Answer send(String method, String path, String body) {
        return send(method, path, BodyPublishers.ofString(body), Map.of("api-key", "acme-key"));
    }

    Answer send(String method, String path, BodyPublisher body, Map<String, String> headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).method(method, body);
        headers.forEach(request::header);
        try {
            HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
            return new Answer(response.statusCode(), response);
        } catch (IOException failed) {
            throw new AssertionError(method + " " + path, failed);
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    /// The bytes of an answer as they came.
    HttpResponse<byte[]> raw(String method, String path, BodyPublisher body, Map<String, String> headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).method(method, body);
        headers.forEach(request::header);
        try {
            return client.send(request.build(), BodyHandlers.ofByteArray());
        } catch (IOException | InterruptedException failed) {
            throw new AssertionError(method + " " + path, failed);
        }
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.actualPort() + path);
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }
}
