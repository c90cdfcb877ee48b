package dev.pagoda.workflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.api.Principal.Role;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.http.HttpFloor;
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
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/// The workflow module behind HTTP with a real store; keys name their tenants.
final class RunningModule implements AutoCloseable {
    static final ObjectMapper JSON = new ObjectMapper();

    final Vertx vertx = Vertx.vertx();
    final Bus bus = new Bus(vertx);
    private final Store store;
    private final WorkflowService service;
    private final HttpServer server;
    private final HttpClient client = HttpClient.newHttpClient();

    /// @param neighbours serves the ports of the vector store and the gateway
    RunningModule(Path data, WorkflowConfig config, BiConsumer<Vertx, Bus> neighbours) {
        this(StoreConfig.defaults(), Optional.of(data), config, neighbours);
    }

    RunningModule(StoreConfig database, Optional<Path> data, WorkflowConfig config, BiConsumer<Vertx, Bus> neighbours) {
        neighbours.accept(vertx, bus);
        store = Store.open(vertx, database, data);
        Map<String, Principal> keys = Map.of(
                "acme", new Principal("acme", "t", "p", "k1", Role.MEMBER),
                "other", new Principal("other", "t", "p", "k2", Role.MEMBER));
        var http = new HttpFloor(vertx, key -> Future.succeededFuture(Optional.ofNullable(keys.get(key))));
        service = new WorkflowService(
                new WorkflowService.Surroundings(vertx, bus, store, http, new Telemetry(), InstantSource.system()),
                config);
        await(service.start());
        var root = Router.router(vertx);
        service.mount(root);
        server = await(vertx.createHttpServer(ServerOptions.usual())
                .requestHandler(root)
                .listen(0, "127.0.0.1"));
    }

    static WorkflowConfig config(Path folder) {
        var defaults = WorkflowConfig.defaults();
        return new WorkflowConfig(
                defaults.models(),
                new WorkflowConfig.Chunks(40, 60, 8),
                new WorkflowConfig.Ingest(List.of(folder.toString()), 8, 10_000, 100, 4, Duration.ofSeconds(30)),
                new WorkflowConfig.Answers(3, 0.55, 0.55),
                new WorkflowConfig.Runs(4, 20, Duration.ofSeconds(5), Duration.ofSeconds(10), 5, 100),
                100_000,
                3);
    }

    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException failed) {
            throw failed.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(failed);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    Call call(String tenant) {
        return Call.within(new Principal(tenant, "t", "p", "k", Role.MEMBER), "trace", Duration.ofSeconds(60));
    }

    HttpResponse<String> send(String key, String method, String path, String body)
            throws IOException, InterruptedException {
        return client.send(request(key, method, path, body), BodyHandlers.ofString());
    }

    HttpRequest request(String key, String method, String path, String body) {
        return HttpRequest.newBuilder(URI.create(url() + path))
                .header("Authorization", "Bearer " + key)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .timeout(Duration.ofSeconds(60))
                .build();
    }

    String url() {
        return "http://127.0.0.1:" + server.actualPort();
    }

    HttpClient client() {
        return client;
    }

    /// The answer's JSON; the status must be as told.
    JsonNode expect(int status, String key, String method, String path, String body)
            throws IOException, InterruptedException {
        var response = send(key, method, path, body);
        if (response.statusCode() != status) {
            throw new AssertionError(method + " " + path + ": " + response.statusCode() + " " + response.body());
        }
        return response.body().isEmpty() ? JSON.nullNode() : JSON.readTree(response.body());
    }

    @Override
    public void close() {
        await(server.close());
        await(service.stop());
        store.close();
        await(vertx.close());
    }
}
