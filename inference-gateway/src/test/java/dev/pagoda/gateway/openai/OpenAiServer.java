package dev.pagoda.gateway.openai;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.gateway.backend.MediaService;
import dev.pagoda.gateway.backend.RequestService;
import dev.pagoda.gateway.model.RequestModel;
import dev.pagoda.gateway.model.RequestWork;
import dev.pagoda.gateway.protocol.Exchanges;
import dev.pagoda.gateway.protocol.FakeChatService;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.api.UsageRecord;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.HttpMeters;
import dev.pagoda.governance.http.ServerOptions;
import dev.pagoda.governance.store.Store;
import dev.pagoda.governance.store.StoreConfig;
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
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/// The routes over a fake service on a free port, with a key `good`, and a client for them.
final class OpenAiServer implements AutoCloseable {
    static final long NOW = 1_790_000_000;

    final Vertx vertx = Vertx.vertx();
    final FakeChatService service = new FakeChatService(vertx);
    final Telemetry telemetry = new Telemetry();
    final MemoryFiles files = new MemoryFiles();
    final Queue<UsageRecord> booked = new ConcurrentLinkedQueue<>();
    final Store store = Store.open(vertx, StoreConfig.defaults(), Optional.empty());
    final AtomicInteger endless = new AtomicInteger();
    final Exchanges exchanges;
    final OpenAiRoutes routes;
    final int port;

    private final HttpClient client = HttpClient.newHttpClient();
    private final ObjectMapper json = new ObjectMapper();

    OpenAiServer(OpenAiConfig config) {
        var principal = new Principal("acme", "team", "project", "k1", Principal.Role.MEMBER);
        var other = new Principal("rival", "team", "project", "k2", Principal.Role.MEMBER);
        var floor = new HttpFloor(
                vertx,
                key -> Future.succeededFuture(
                        switch (key) {
                            case "good" -> Optional.of(principal);
                            case "other" -> Optional.of(other);
                            default -> Optional.empty();
                        }));
        exchanges = new Exchanges(
                vertx, service, telemetry, new Exchanges.Bounds(config.maxUnreadBytes(), config.stallTimeout()));
        store.migrate("gateway");
        var ground = new OpenAiRoutes.Ground(
                vertx,
                floor,
                exchanges,
                Optional.empty(),
                store,
                files,
                this::book,
                MediaService.open(this::serve),
                InstantSource.fixed(Instant.ofEpochSecond(NOW)));
        routes = new OpenAiRoutes(ground, service, config);
        Router root = Router.router(vertx);
        root.route().handler(new HttpMeters(telemetry));
        routes.mount(root);
        HttpServer server = await(vertx.createHttpServer(ServerOptions.usual())
                .requestHandler(root)
                .listen(0, "127.0.0.1"));
        port = server.actualPort();
    }

    /// A request of a model that takes forever goes on until its client leaves.
    private Future<RequestService.Served> serve(
            String model, RequestModel.Kind kind, RequestWork work, Call call, Future<Void> left) {
        if (model.equals("forever")) {
            endless.incrementAndGet();
            return left.compose(gone -> Future.failedFuture(new RequestService.GivenUp(true)));
        }
        return Future.succeededFuture(new RequestService.Served("r-1", 0, 1_000_000));
    }

    private Future<?> book(UsageRecord usage, Call call) {
        booked.add(usage);
        return Future.succeededFuture();
    }

    static OpenAiConfig config() {
        return OpenAiConfig.defaults();
    }

    record Answer(int status, String body, JsonNode json, HttpResponse<String> response) {
        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }

        JsonNode error() {
            return json.path("error");
        }
    }

    Answer get(String path) {
        return send(request(path).GET().build());
    }

    Answer post(String path, String body) {
        return send(request(path).POST(BodyPublishers.ofString(body)).build());
    }

    Answer chat(String body) {
        return post("/v1/chat/completions", body);
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(60))
                .header("Authorization", "Bearer good");
    }

    /// As another tenant.
    Answer getAsOther(String path) {
        return send(
                request(path).setHeader("Authorization", "Bearer other").GET().build());
    }

    Answer delete(String path) {
        return send(request(path).DELETE().build());
    }

    Answer send(HttpRequest request) {
        try {
            HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
            boolean isJson =
                    response.headers().firstValue("content-type").orElse("").startsWith("application/json");
            JsonNode tree = isJson ? json.readTree(response.body()) : json.createObjectNode();
            return new Answer(response.statusCode(), response.body(), tree, response);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    JsonNode parse(String text) {
        try {
            return json.readTree(text);
        } catch (IOException e) {
            throw new IllegalStateException(text, e);
        }
    }

    static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }

    static void awaitTrue(BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "the condition did not come true within 60 s");
            Thread.onSpinWait();
        }
    }

    @Override
    public void close() {
        client.close();
        store.close();
        await(vertx.close());
    }
}
