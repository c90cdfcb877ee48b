package dev.pagoda.governance.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
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
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpFloorTest {
    private static final Principal ALICE = new Principal("acme", "team", "project", "k1", Principal.Role.MEMBER);

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client = HttpClient.newHttpClient();
    private final AtomicInteger reached = new AtomicInteger();
    private HttpServer server;

    @BeforeEach
    void listen() {
        HttpFloor floor = new HttpFloor(
                vertx, key -> Future.succeededFuture(key.equals("good") ? Optional.of(ALICE) : Optional.empty()));
        Router surface = floor.surface(PlatformErrors.FORM, 1_000, Duration.ofSeconds(5));
        surface.post("/platform/echo").handler(ctx -> {
            reached.incrementAndGet();
            ctx.end(HttpFloor.call(ctx).tenant() + ":" + ctx.body().asString());
        });
        surface.get("/platform/busy")
                .handler(ctx -> ctx.fail(new Refused(new Refusal(Reason.EXHAUSTED, "queue_full", "8 of 8 wait", 2))));
        surface.get("/platform/fault").handler(ctx -> {
            throw new IllegalStateException("secret");
        });
        surface.route().handler(ctx -> ctx.fail(404));
        Router root = Router.router(vertx);
        root.route("/*").subRouter(surface);
        server = await(vertx.createHttpServer(ServerOptions.usual())
                .requestHandler(root)
                .listen(0, "127.0.0.1"));
    }

    @AfterEach
    void close() {
        await(vertx.close());
    }

    @Test
    void takesTheKeyAsBearerOrApiKeyHeader() throws Exception {
        assertEquals(
                "acme:hi",
                send(post("hi").header("Authorization", "Bearer good")).body());
        assertEquals("acme:hi", send(post("hi").header("api-key", "good")).body());
    }

    @Test
    void staysWithHttp11WhenAClientOffersMore() throws Exception {
        assertEquals(HttpClient.Version.HTTP_2, client.version());
        HttpResponse<String> response = send(post("hi").header("api-key", "good"));
        assertEquals("acme:hi", response.body());
        assertEquals(HttpClient.Version.HTTP_1_1, response.version());
    }

    @Test
    void refusesMissingAndWrongKeysBeforeTheHandler() throws Exception {
        HttpResponse<String> missing = send(post("hi"));
        HttpResponse<String> wrong = send(post("hi").header("api-key", "bad"));

        assertEquals(401, missing.statusCode());
        assertEquals(401, wrong.statusCode());
        assertTrue(missing.body().contains("missing_api_key"), missing.body());
        assertTrue(wrong.body().contains("invalid_api_key"), wrong.body());
        assertEquals(0, reached.get());
    }

    @Test
    void refusesALargeBodyBeforeTheHandler() throws Exception {
        HttpResponse<String> response = send(post("x".repeat(1_001)).header("api-key", "good"));

        assertEquals(413, response.statusCode());
        assertTrue(response.body().contains("body_too_large"), response.body());
        assertEquals(0, reached.get());
    }

    @Test
    void answersUnknownPathsInTheForm() throws Exception {
        HttpResponse<String> response = send(request("/platform/nothing").header("api-key", "good"));

        assertEquals(404, response.statusCode());
        assertTrue(
                response.body().contains("\"detail\":\"GET /platform/nothing is not a known path\""), response.body());
    }

    @Test
    void saysWhenToTryAgain() throws Exception {
        HttpResponse<String> response = send(request("/platform/busy").header("api-key", "good"));

        assertEquals(429, response.statusCode());
        assertEquals("2", response.headers().firstValue("retry-after").orElseThrow());
    }

    @Test
    void hidesTheTextOfAFault() throws Exception {
        HttpResponse<String> response = send(request("/platform/fault").header("api-key", "good"));

        assertEquals(500, response.statusCode());
        assertFalse(response.body().contains("secret"), response.body());
    }

    @Test
    void givesEveryRequestAnIdThatTheClientCannotChoose() throws Exception {
        HttpRequest.Builder request = post("x").header("api-key", "good").header("x-request-id", "abc-1");

        String first = send(request).headers().firstValue("x-request-id").orElseThrow();
        String second = send(request).headers().firstValue("x-request-id").orElseThrow();

        assertTrue(first.startsWith("req_") && second.startsWith("req_"), first + " " + second);
        assertFalse(first.equals(second));
    }

    @Test
    void keepsSurfacesApartThatShareAPrefix() throws Exception {
        HttpFloor floor = new HttpFloor(vertx, key -> Future.succeededFuture(Optional.of(ALICE)));
        Router first = floor.surface(PlatformErrors.FORM, 1_000, Duration.ofSeconds(5));
        first.get("/platform/a").handler(ctx -> ctx.end("a"));
        first.get("/platform/a/:id").handler(ctx -> ctx.fail(new Refused(Reason.CONFLICT, "taken", "x")));
        Router second = floor.surface(PlatformErrors.FORM, 1_000, Duration.ofSeconds(5));
        second.get("/platform/ab").handler(ctx -> ctx.end("ab"));
        Router root = Router.router(vertx);
        HttpFloor.mount(root, first, "/platform/a");
        HttpFloor.mount(root, second, "/platform/ab", "/platform/c");
        await(server.close());
        server = await(vertx.createHttpServer(ServerOptions.usual())
                .requestHandler(root)
                .listen(0, "127.0.0.1"));

        assertEquals("a", send(request("/platform/a").header("api-key", "k")).body());
        assertEquals("ab", send(request("/platform/ab").header("api-key", "k")).body());
        assertEquals(409, send(request("/platform/a/1").header("api-key", "k")).statusCode());
        HttpRequest.Builder otherMethod = request("/platform/a/1").DELETE().header("api-key", "k");
        assertEquals(405, send(otherMethod).statusCode());
        HttpResponse<String> unknown = send(request("/platform/c/1").header("api-key", "k"));
        assertEquals(404, unknown.statusCode());
        assertTrue(unknown.body().contains("is not a known path"), unknown.body());
        assertFalse(send(request("/platform/d").header("api-key", "k")).body().contains("detail"));
    }

    private HttpRequest.Builder post(String body) {
        return request("/platform/echo").POST(BodyPublishers.ofString(body));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.actualPort() + path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }
}
