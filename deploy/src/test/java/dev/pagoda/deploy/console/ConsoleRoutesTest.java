package dev.pagoda.deploy.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.deploy.console.HouseSnapshot.About;
import dev.pagoda.deploy.console.HouseSnapshot.Governance;
import dev.pagoda.deploy.console.HouseSnapshot.Tenant;
import io.vertx.core.Future;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConsoleRoutesTest {

    private final AtomicInteger looks = new AtomicInteger();
    private final DemoHouse house = new DemoHouse(1_790_000_000_000L);
    private volatile boolean broken;
    private ConsoleServer server;

    @BeforeEach
    void start() {
        server = new ConsoleServer(this::look, Duration.ofMillis(20), 0);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Future<HouseSnapshot> look() {
        looks.incrementAndGet();
        return broken ? Future.failedFuture("the roof is off") : house.look();
    }

    @Test
    void servesThePageUnderAStrictPolicy() throws IOException {
        var answer = get("/console", "127.0.0.1");

        assertEquals(200, answer.status());
        assertEquals("text/html; charset=utf-8", answer.header("content-type"));
        assertEquals("nosniff", answer.header("x-content-type-options"));
        assertEquals("no-referrer", answer.header("referrer-policy"));
        assertEquals(
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
                        + "font-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
                answer.header("content-security-policy"));
    }

    @Test
    void answersNotModifiedToTheSameTag() throws IOException {
        var first = get("/console/app.js", "localhost");

        var second = get("/console/app.js", "localhost", "If-None-Match: W/" + first.header("etag"));
        var other = get("/console/app.js", "localhost", "If-None-Match: \"another\"");

        assertEquals("text/javascript; charset=utf-8", first.header("content-type"));
        assertEquals("no-cache", first.header("cache-control"));
        assertEquals(304, second.status());
        assertEquals("", second.body());
        assertEquals(200, other.status());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/console/nothing.js",
                "/console/../pom.xml",
                "/console/%2e%2e/logback.xml",
                "/console/vendor/",
                "/console/vendor/..%2fapp.js",
            })
    void knowsNoOtherFile(String path) throws IOException {
        assertEquals(404, get(path, "127.0.0.1").status());
    }

    @Test
    void leadsTheSlashHome() throws IOException {
        var answer = get("/console/", "127.0.0.1");

        assertEquals(308, answer.status());
        assertEquals("/console", answer.header("location"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE"})
    void onlyReads(String method) throws IOException {
        assertEquals(405, request(method + " /console", "127.0.0.1").status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/console", "/console/app.js", "/console/events"})
    void asksAReboundNameForAKey(String path) throws IOException {
        var answer = get(path, "evil.example");

        assertEquals(401, answer.status());
        assertTrue(answer.header("www-authenticate").startsWith("Basic realm="), answer.header("www-authenticate"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-Forwarded-For: 203.0.113.9", "Forwarded: for=203.0.113.9", "Via: 1.1 edge"})
    void asksForAKeyBehindAProxy(String header) throws IOException {
        assertEquals(401, get("/console", "127.0.0.1", header).status());
    }

    @Test
    void admitsAnAdministratorFromElsewhere() throws IOException {
        var basic =
                Base64.getEncoder().encodeToString(("me:" + ConsoleServer.ADMIN_KEY).getBytes(StandardCharsets.UTF_8));

        assertEquals(
                200,
                get("/console", "pagoda.example", "Authorization: Basic " + basic)
                        .status());
        assertEquals(
                200,
                get("/console", "pagoda.example", "Authorization: Bearer " + ConsoleServer.ADMIN_KEY)
                        .status());
        assertEquals(
                200,
                get("/console", "pagoda.example", "api-key: " + ConsoleServer.ADMIN_KEY)
                        .status());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Authorization: Bearer " + ConsoleServer.MEMBER_KEY,
                "Authorization: Bearer wrong",
                "Authorization: Basic !!!",
                "Authorization: Basic bm9jb2xvbg==",
                "Authorization: Digest x",
                "Authorization: Bearer",
                "api-key: "
            })
    void refusesOtherKeysFromElsewhere(String header) throws IOException {
        assertEquals(401, get("/console/events", "pagoda.example", header).status());
    }

    @Test
    void keepsItsSeatsFromOtherSites() throws IOException {
        assertEquals(
                403,
                get("/console/events", "127.0.0.1", "Sec-Fetch-Site: cross-site")
                        .status());
    }

    @Test
    void tellsHistoryFirstAndThenTheHouse() throws IOException {
        try (var viewer = new Viewer(server.port())) {
            assertEquals("event: history", viewer.next("event:"));
            assertEquals("event: house", viewer.next("event:"));
            assertTrue(viewer.next("data:").contains("\"about\":{\"version\":\"0.1.0\""));
        }
        try (var later = new Viewer(server.port())) {
            later.next("event: history");
            assertTrue(later.next("data:").startsWith("data: {\"at\":[1790000000000"));
        }
    }

    @Test
    void looksOnceForAllViewersAndOnlyWhileSomebodyWatches() throws IOException {
        var first = new Viewer(server.port());
        var second = new Viewer(server.port());
        first.next("event: house");
        second.next("event: house");
        assertEquals(2, server.console.viewers());

        first.close();
        second.close();

        until(() -> server.console.viewers() == 0);
        var seen = looks.get();
        try (var third = new Viewer(server.port())) {
            third.next("event: history");
            var columns = third.next("data:");
            var moments = columns.substring(0, columns.indexOf(']')).split(",", -1).length;
            assertTrue(moments >= seen - 1 && moments <= seen + 1, moments + " moments after " + seen + " looks");
        }
    }

    @Test
    void saysWhyItCannotLookAndRecovers() throws IOException {
        broken = true;
        try (var viewer = new Viewer(server.port())) {
            viewer.next("event: trouble");
            assertEquals("data: {\"message\":\"the roof is off\"}", viewer.next("data:"));
            broken = false;
            viewer.next("event: house");
        }
    }

    @Test
    void seatsABoundedNumber() throws IOException {
        List<Viewer> viewers = new ArrayList<>();
        try {
            for (var i = 0; i < HouseFeed.MAX_VIEWERS; i++) {
                viewers.add(new Viewer(server.port()));
            }
            until(() -> server.console.viewers() == HouseFeed.MAX_VIEWERS);

            var late = get("/console/events", "127.0.0.1");

            assertEquals(503, late.status());
            assertEquals("5", late.header("retry-after"));
        } finally {
            for (var viewer : viewers) {
                viewer.close();
            }
        }
        until(() -> server.console.viewers() == 0);
    }

    @Test
    void cutsAViewerThatDoesNotReadAndGoesOn() throws IOException {
        var crowd = Collections.nCopies(HouseSnapshot.MAX_ROWS, new Tenant("t".repeat(4_000), 1, 1, 1));
        var wide = new HouseSnapshot(1, new About("1", 0), null, null, null, null, null, Governance.of(crowd));
        try (var other = new ConsoleServer(() -> Future.succeededFuture(wide), Duration.ofMillis(10), 0);
                var deaf = new Socket();
                var good = new Viewer(other.port())) {
            deaf.setReceiveBufferSize(1_024);
            deaf.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), other.port()));
            deaf.getOutputStream()
                    .write("GET /console/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            var most = 0;
            var deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
            while (most < 2 || other.console.viewers() > 1) {
                good.next("event: house");
                most = Math.max(most, other.console.viewers());
                assertFalse(System.nanoTime() > deadline, "the deaf viewer was not cut within 60 s");
            }
            good.next("event: house");
        }
    }

    @Test
    void saysGoodbyeWhenItStops() throws IOException {
        try (var viewer = new Viewer(server.port())) {
            viewer.next("event: house");
            ConsoleServer.await(server.console.close());

            viewer.next("event: bye");

            assertEquals(503, get("/console/events", "127.0.0.1").status());
        }
    }

    private static void until(BooleanSupplier condition) {
        var deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertFalse(System.nanoTime() > deadline, "not within 60 s");
            LockSupport.parkNanos(1_000_000);
        }
    }

    private Answer get(String path, String host, String... headers) throws IOException {
        return request("GET " + path, host, headers);
    }

    private Answer request(String line, String host, String... headers) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(10_000);
            var head = new StringBuilder(line)
                    .append(" HTTP/1.1\r\nHost: ")
                    .append(host)
                    .append(":8080\r\nConnection: close\r\n");
            for (var header : headers) {
                head.append(header).append("\r\n");
            }
            socket.getOutputStream().write(head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
            var text = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            var end = text.indexOf("\r\n\r\n");
            return new Answer(List.of(text.substring(0, end).split("\r\n", -1)), text.substring(end + 4));
        }
    }

    private record Answer(List<String> head, String body) {
        int status() {
            return Integer.parseInt(head.getFirst().split(" ", -1)[1]);
        }

        String header(String name) {
            for (var line : head) {
                var colon = line.indexOf(':');
                if (colon > 0
                        && line.substring(0, colon).toLowerCase(Locale.ROOT).equals(name)) {
                    return line.substring(colon + 1).strip();
                }
            }
            return "";
        }
    }

    /// A page that reads its events line by line.
    private static final class Viewer implements AutoCloseable {
        private final Socket socket;
        private final BufferedReader lines;

        Viewer(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(10_000);
            lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            socket.getOutputStream()
                    .write("GET /console/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
        }

        String next(String start) throws IOException {
            String line;
            while ((line = lines.readLine()) != null) {
                if (line.startsWith(start)) {
                    return line;
                }
            }
            throw new IOException("the stream ended before '" + start + "'");
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
