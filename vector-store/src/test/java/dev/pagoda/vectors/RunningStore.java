package dev.pagoda.vectors;

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
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A store in memory behind HTTP, for one tenant.
final class RunningStore implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Principal ACME = new Principal("acme", "t", "p", "k1", Principal.Role.MEMBER);

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Vertx vertx = Vertx.vertx();
    private final VectorStore store;
    private final HttpServer server;

    /// What was answered.
    record Answer(int status, JsonNode body) {
        /// What stands for `result` of a success.
        JsonNode result() {
            if (status != 200) {
                throw new AssertionError(status + " " + body);
            }
            return body.get("result");
        }

        String error() {
            return status + " " + body.at("/status/error").asText();
        }
    }

    RunningStore() {
        HttpFloor http = new HttpFloor(vertx, _ -> Future.succeededFuture(Optional.of(ACME)));
        store = new VectorStore(
                new VectorStore.Floor(vertx, new Bus(vertx), http, new Telemetry()),
                VectorStoreConfig.defaults(),
                Optional.empty());
        Router root = Router.router(vertx);
        store.mount(root);
        server = await(vertx.createHttpServer(ServerOptions.usual())
                .requestHandler(root)
                .listen(0, "127.0.0.1"));
        await(store.start());
    }

    Answer send(String method, String path, String body) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.actualPort() + path))
                .header("Content-Type", "application/json")
                .header("api-key", "k1")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        try {
            HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
            return new Answer(response.statusCode(), JSON.readTree(response.body()));
        } catch (IOException failed) {
            throw new AssertionError(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError(interrupted);
        }
    }

    Answer put(String path, String body) {
        return send("PUT", path, body);
    }

    Answer post(String path, String body) {
        return send("POST", path, body);
    }

    @Override
    public void close() {
        await(store.stop());
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError(interrupted);
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }
}
