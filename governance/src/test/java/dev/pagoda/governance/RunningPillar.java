package dev.pagoda.governance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.ServerOptions;
import dev.pagoda.governance.store.Store;
import dev.pagoda.governance.store.StoreConfig;
import dev.pagoda.governance.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/// A pillar on a database of its own, with an HTTP server in front, for tests.
public final class RunningPillar implements AutoCloseable {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    public final Vertx vertx = Vertx.vertx();
    public final Bus bus = new Bus(vertx);
    public final Telemetry telemetry = new Telemetry();
    public final Store store;
    public final GovernancePillar pillar;
    private final HttpClient client = HttpClient.newHttpClient();
    private final int port;

    /// Status and body of an answer.
    public record Answer(int status, JsonNode body) {}

    public RunningPillar(StoreConfig config, Optional<Path> dataDir, GovernanceConfig bounds, InstantSource clock)
            throws Exception {
        store = Store.open(vertx, config, dataDir);
        pillar = new GovernancePillar(new GovernancePillar.Ground(vertx, store, bus, telemetry), bounds, clock);
        get(pillar.start());
        var root = Router.router(vertx);
        pillar.mount(root, new HttpFloor(vertx, pillar.authenticator()));
        port = get(vertx.createHttpServer(ServerOptions.usual())
                        .requestHandler(root)
                        .listen(0, "127.0.0.1"))
                .actualPort();
    }

    public static <T> T get(Future<T> future) throws Exception {
        try {
            return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    /// Sends a request; an empty key sends none, an empty body neither.
    public Answer send(String method, String path, String key, String body) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (!key.isEmpty()) {
            request.header("Authorization", "Bearer " + key);
        }
        var response = client.send(request.build(), BodyHandlers.ofString());
        return new Answer(response.statusCode(), MAPPER.readTree(response.body()));
    }

    public Answer get(String path, String key) throws IOException, InterruptedException {
        return send("GET", path, key, "");
    }

    /// Makes a tenant with a team and a project `main`, and a key for it.
    public String tenantWithKey(String tenant, Principal.Role role) throws Exception {
        get(pillar.tenancy().createTenant(tenant));
        get(pillar.tenancy().createTeam(tenant, "main"));
        get(pillar.tenancy().createProject(tenant, "main", "main"));
        return get(pillar.tenancy().createKey(tenant, "main", "main", role, "test"))
                .secret()
                .text();
    }

    @Override
    public void close() {
        join(pillar.stop());
        client.close();
        join(vertx.close());
        store.close();
    }

    private static void join(Future<Void> future) {
        future.toCompletionStage().toCompletableFuture().join();
    }
}
