package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.http.ServerOptions;
import dev.pagoda.governance.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Health and metrics as orchestrators and Prometheus ask for them.
class OperatorRoutesTest {
    private final Vertx vertx = Vertx.vertx();
    private final Telemetry telemetry = new Telemetry();
    private final AtomicBoolean ready = new AtomicBoolean(true);
    private HttpServer server;

    @BeforeEach
    void start() {
        Router root = Router.router(vertx);
        new OperatorRoutes(telemetry, ready::get, RoutingContext::next).mount(root);
        server = await(vertx.createHttpServer(ServerOptions.usual())
                .requestHandler(root)
                .listen(0, "127.0.0.1"));
    }

    @AfterEach
    void stop() {
        await(vertx.close());
    }

    @Test
    void healthIsToldInTheWordsOfQdrant() throws Exception {
        assertEquals("healthz check passed", get("/healthz").body());
        assertEquals("healthz check passed", get("/livez").body());
        assertEquals("all shards are ready", get("/readyz").body());
        assertTrue(get("/livez").headers().firstValue("content-type").orElse("").startsWith("text/plain"));
    }

    @Test
    void readinessIsRefusedUntilAllModulesAreReady() throws Exception {
        ready.set(false);
        assertEquals(503, get("/readyz").statusCode());
        assertEquals("some shards are not ready", get("/readyz").body());
        assertEquals(200, get("/livez").statusCode());
    }

    @Test
    void aScrapeSaysHowMuchItWants() throws Exception {
        telemetry.addText((page, scrape) -> page.append(scrape.perCollection())
                .append(' ')
                .append(scrape.anonymize())
                .append('\n'));
        assertTrue(get("/metrics").body().endsWith("false false\n"));
        assertTrue(get("/metrics?per_collection=true&anonymize=true").body().endsWith("true true\n"));
    }

    private HttpResponse<String> get(String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + server.actualPort() + path);
        return HttpClient.newHttpClient().send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }
}
