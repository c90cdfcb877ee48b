package dev.pagoda.vectors.qdrant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.ServerOptions;
import dev.pagoda.vectors.qdrant.SnapshotDownload.Wanted;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Fetches from a server on this machine under names that stand for it.
class SnapshotDownloadTest {
    private static final Call ADMIN = call(Principal.Role.ADMIN);

    @TempDir
    Path home;

    private final Vertx vertx = Vertx.vertx();
    private final Queue<String> seen = new ConcurrentLinkedQueue<>();
    private HttpServer server;
    private Path file;

    @BeforeEach
    void serve() {
        file = home.resolve("fetched");
        server = await(vertx.createHttpServer(ServerOptions.usual())
                .requestHandler(this::answer)
                .listen(0, "127.0.0.1"));
    }

    @AfterEach
    void stop() {
        await(vertx.close());
    }

    @Test
    void writesWhatTheServerAnswers() throws Exception {
        assertTrue(fetch("http://kept.internal:PORT/file?part=1", "secret", null));
        assertArrayEquals(content(), Files.readAllBytes(file));
        assertEquals(List.of("GET kept.internal /file?part=1 secret"), List.copyOf(seen));
    }

    @Test
    void asksNoHostThatIsNotAllowed() {
        for (String location : List.of(
                "http://127.0.0.1:PORT/file",
                "http://localhost:PORT/file",
                "http://[::1]:PORT/file",
                "http://2130706433:PORT/file",
                "http://rebound.example:PORT/file")) {
            assertEquals(Reason.FORBIDDEN, refusal(location).reason(), location);
        }
        assertEquals(List.of(), List.copyOf(seen));
        assertFalse(Files.exists(file));
    }

    @Test
    void checksWhereARedirectionLeads() {
        assertEquals(
                Reason.FORBIDDEN,
                refusal("http://kept.internal:PORT/to?http://rebound.example:PORT/file")
                        .reason());
        assertEquals(
                Reason.INVALID,
                refusal("http://kept.internal:PORT/to?file:///etc/passwd").reason());
        assertEquals(2, seen.size(), seen::toString);
    }

    @Test
    void followsARedirectionWithoutTheKeyToAnotherServer() {
        assertTrue(fetch("http://kept.internal:PORT/to?/to?http://other.internal:PORT/file", "secret", null));
        assertEquals(
                List.of(
                        "GET kept.internal /to?/to?http://other.internal:PORT/file secret",
                        "GET kept.internal /to?http://other.internal:PORT/file secret",
                        "GET other.internal /file null"),
                seen.stream()
                        .map(each -> each.replace(":" + server.actualPort(), ":PORT"))
                        .toList());
    }

    @Test
    void doesNotGoRoundInCircles() {
        assertTrue(refusal("http://kept.internal:PORT/round").message().contains("redirected more than 5 times"));
        assertEquals(6, seen.size(), seen::toString);
    }

    @Test
    void stopsAtTheBytesThereIsRoomFor() {
        Wanted wanted = new Wanted(uri("http://kept.internal:PORT/file"), null, null);
        Refused refused = assertThrows(
                Refused.class, () -> download("kept.internal").fetch(ADMIN, wanted, file, content().length - 1L));
        assertEquals(Reason.INSUFFICIENT_STORAGE, refused.refusal().reason());
    }

    @Test
    void saysWhatWentWrongWithoutTheQuery() {
        Refusal missing = refusal("http://kept.internal:PORT/none?signature=abc");
        assertEquals(
                "Failed to download snapshot from http://kept.internal:" + server.actualPort() + "/none: status 404",
                missing.message());
        assertEquals(Reason.INVALID, missing.reason());
        assertTrue(refusal("http://unknown.internal/x").message().endsWith("the host is not known"));
        assertTrue(refusal("http://kept.internal:PORT/cut").message().startsWith("Failed to download snapshot"));
        assertEquals(
                Reason.INVALID,
                refusal("http://name:word@kept.internal:PORT/file").reason());
    }

    @Test
    void postsABodyAndKnowsThatNothingHasChanged() throws Exception {
        assertTrue(fetch("http://kept.internal:PORT/file", null, Buffer.buffer("{}")));
        assertFalse(fetch("http://kept.internal:PORT/same", null, Buffer.buffer("{}")));
        assertEquals(
                Reason.INVALID,
                assertThrows(
                                Refused.class,
                                () -> fetch("http://kept.internal:PORT/to?/file", null, Buffer.buffer("{}")))
                        .refusal()
                        .reason());
    }

    @Test
    void isForAdministratorsAndCanBeSwitchedOff() {
        Wanted wanted = new Wanted(uri("http://kept.internal:PORT/file"), null, null);
        Call member = call(Principal.Role.MEMBER);
        Refused role =
                assertThrows(Refused.class, () -> download("kept.internal").fetch(member, wanted, file, 1 << 20));
        assertTrue(role.refusal().message().contains("role admin"), role.refusal()::message);
        Refused off = assertThrows(Refused.class, () -> download().fetch(ADMIN, wanted, file, 1 << 20));
        assertEquals(SnapshotDownload.OFF, off.refusal().message());
        assertEquals(List.of(), List.copyOf(seen));
    }

    private void answer(HttpServerRequest request) {
        String host = request.authority() == null ? "" : request.authority().host();
        seen.add(request.method() + " " + host + " " + request.uri() + " " + request.getHeader("api-key"));
        switch (request.path()) {
            case "/file" -> request.response().end(Buffer.buffer(content()));
            case "/to" ->
                request.response()
                        .setStatusCode(302)
                        .putHeader("location", request.query())
                        .end();
            case "/round" ->
                request.response()
                        .setStatusCode(307)
                        .putHeader("location", "/round")
                        .end();
            case "/same" -> request.response().setStatusCode(304).end();
            case "/cut" -> {
                request.response().putHeader("content-length", "1000");
                request.response()
                        .write("short")
                        .onComplete(done -> request.connection().close());
            }
            default -> request.response().setStatusCode(404).end("nothing");
        }
    }

    private static byte[] content() {
        byte[] content = new byte[200_000];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) (i * 31);
        }
        return content;
    }

    private boolean fetch(String location, @Nullable String key, @Nullable Buffer body) {
        return download("kept.internal", "other.internal", "unknown.internal", SnapshotHosts.PUBLIC)
                .fetch(ADMIN, new Wanted(uri(location), key, body), file, 1 << 20);
    }

    private Refusal refusal(String location) {
        return assertThrows(Refused.class, () -> fetch(location, null, null)).refusal();
    }

    private URI uri(String location) {
        return URI.create(location.replace("PORT", Integer.toString(server.actualPort())));
    }

    private SnapshotDownload download(String... hosts) {
        return new SnapshotDownload(vertx, new SnapshotHosts(List.of(hosts)), SnapshotDownloadTest::resolve);
    }

    private static InetAddress[] resolve(String host) throws UnknownHostException {
        return switch (host) {
            case "kept.internal", "other.internal", "rebound.example" -> InetAddress.getAllByName("127.0.0.1");
            case "unknown.internal" -> throw new UnknownHostException(host);
            default -> InetAddress.getAllByName(host);
        };
    }

    private static Call call(Principal.Role role) {
        return Call.within(new Principal("acme", "t", "p", "k", role), "trace", Duration.ofSeconds(20));
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }
}
