package dev.pagoda.gateway.protocol;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.HttpMeters;
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
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;

/// The routes of a protocol over a fake service on a free port, with a key `good`, and a client for them.
public final class ProtocolServer implements AutoCloseable {
    public static final Instant NOW = Instant.ofEpochSecond(1_790_000_000);
    public static final Bodies.Bounds BOUNDS = new Bodies.Bounds(1 << 20, Duration.ofSeconds(30), true);

    public final Vertx vertx = Vertx.vertx();
    public final FakeChatService service = new FakeChatService(vertx);
    public final InstantSource clock = InstantSource.fixed(NOW);
    public final HttpFloor floor;
    public final Exchanges exchanges;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient client = HttpClient.newHttpClient();
    private final int port;

    /// @param mount adds the routes to be tested
    public ProtocolServer(BiConsumer<ProtocolServer, Router> mount) {
        var principal = new Principal("acme", "team", "project", "k1", Principal.Role.MEMBER);
        var telemetry = new Telemetry();
        floor = new HttpFloor(
                vertx, key -> Future.succeededFuture(key.equals("good") ? Optional.of(principal) : Optional.empty()));
        exchanges = new Exchanges(vertx, service, telemetry, new Exchanges.Bounds(1 << 20, Duration.ofSeconds(30)));
        Router root = Router.router(vertx);
        root.route().handler(new HttpMeters(telemetry));
        mount.accept(this, root);
        HttpServer server = await(vertx.createHttpServer(ServerOptions.usual())
                .requestHandler(root)
                .listen(0, "127.0.0.1"));
        port = server.actualPort();
    }

    public record Answer(HttpResponse<String> response) {
        public int status() {
            return response.statusCode();
        }

        public String body() {
            return response.body();
        }

        public JsonNode json() {
            return parse(response.body());
        }

        public String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }
    }

    public static JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new IllegalStateException(text, e);
        }
    }

    public HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(60))
                .header("x-api-key", "good");
    }

    public Answer send(HttpRequest.Builder request) {
        try {
            return new Answer(client.send(request.build(), BodyHandlers.ofString()));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    public Answer post(String path, String body) {
        return send(request(path).POST(BodyPublishers.ofString(body)));
    }

    public Answer get(String path) {
        return send(request(path).GET());
    }

    public static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }

    public static void awaitTrue(BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "the condition did not come true within 60 s");
            Thread.onSpinWait();
        }
    }

    @Override
    public void close() {
        client.close();
        await(vertx.close());
    }
}
