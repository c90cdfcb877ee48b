package dev.pagoda.governance.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HttpMetersTest {
    @Test
    void labelsRequestsByPatternMethodAndStatus() throws Exception {
        Vertx vertx = Vertx.vertx();
        try (HttpClient client = HttpClient.newHttpClient()) {
            Telemetry telemetry = new Telemetry();
            Router root = Router.router(vertx);
            root.route().handler(new HttpMeters(telemetry));
            Principal principal = new Principal("acme", "team", "project", "k1", Principal.Role.MEMBER);
            HttpFloor floor = new HttpFloor(vertx, key -> Future.succeededFuture(Optional.of(principal)));
            Router surface = floor.surface(PlatformErrors.FORM, 1_000, Duration.ofSeconds(5));
            surface.get("/:id").handler(ctx -> ctx.end("ok"));
            surface.post("/:id").handler(ctx -> vertx.runOnContext(later -> ctx.end("ok")));
            root.route("/things/*").subRouter(surface);
            HttpServer server = await(vertx.createHttpServer(ServerOptions.usual())
                    .requestHandler(root)
                    .listen(0, "127.0.0.1"));
            for (String path : new String[] {"/things/1", "/things/2", "/nothing/3"}) {
                URI uri = URI.create("http://127.0.0.1:" + server.actualPort() + path);
                client.send(HttpRequest.newBuilder(uri).header("api-key", "k").build(), BodyHandlers.discarding());
            }

            URI posted = URI.create("http://127.0.0.1:" + server.actualPort() + "/things/4");
            client.send(
                    HttpRequest.newBuilder(posted)
                            .header("api-key", "k")
                            .POST(BodyPublishers.ofString("body"))
                            .build(),
                    BodyHandlers.discarding());

            // the client may have its answer before the server has noted the end
            String last = "pagoda_http_request_seconds_count{method=\"POST\",route=\"/things/:id\",status=\"200\"} 1";
            long limitNanos = System.nanoTime() + Duration.ofSeconds(60).toNanos();
            String page = telemetry.scrape();
            while (!page.contains(last) && System.nanoTime() < limitNanos) {
                page = telemetry.scrape();
            }

            assertTrue(
                    page.contains(
                            "pagoda_http_request_seconds_count{method=\"GET\",route=\"/things/:id\",status=\"200\"} 2"),
                    page);
            assertTrue(
                    page.contains("pagoda_http_request_seconds_count{method=\"GET\",route=\"other\",status=\"404\"} 1"),
                    page);
            assertTrue(page.contains(last), page);
            assertEquals(-1, page.indexOf("nothing"));
        } finally {
            await(vertx.close());
        }
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }
}
