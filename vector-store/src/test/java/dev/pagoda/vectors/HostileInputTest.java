package dev.pagoda.vectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is sent by those who mean ill or are broken: each gets a clear answer in Qdrant's form, nothing of it is
/// stored, and the others are served as before.
class HostileInputTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Principal ACME = new Principal("acme", "t", "p", "k1", Principal.Role.MEMBER);
    private static final String POINTS = "/collections/docs/points";

    private static Vertx vertx;
    private static VectorStore store;
    private static HttpServer server;
    private static HttpClient client;

    @BeforeAll
    static void start() throws Exception {
        vertx = Vertx.vertx();
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        HttpFloor http = new HttpFloor(vertx, key -> Future.succeededFuture(Optional.of(ACME)));
        store = new VectorStore(
                new VectorStore.Floor(vertx, new Bus(vertx), http, new Telemetry()),
                VectorStoreConfig.defaults().withoutGrpc(),
                Optional.empty());
        Router root = Router.router(vertx);
        store.mount(root);
        server = await(vertx.createHttpServer(ServerOptions.usual())
                .requestHandler(root)
                .listen(0, "127.0.0.1"));
        await(store.start());
        assertEquals(
                200,
                send("PUT", "/collections/docs", "{\"vectors\":{\"size\":2,\"distance\":\"Dot\"}}")
                        .statusCode());
        assertEquals(
                200,
                send("PUT", POINTS, "{\"points\":[{\"id\":1,\"vector\":[1,2]}]}")
                        .statusCode());
    }

    @AfterAll
    static void stop() {
        client.close();
        await(store.stop());
        await(vertx.close());
    }

    @AfterEach
    void theOnePointIsStillThereAndAlone() throws Exception {
        JsonNode count = JSON.readTree(send("POST", POINTS + "/count", "{}").body());
        assertEquals(1, count.at("/result/count").asInt(), count::toString);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-1",
                "1.5",
                "1e3",
                "18446744073709551616",
                "-9223372036854775809",
                "true",
                "null",
                "[1]",
                "{\"num\":1}",
                "\"1\"",
                "\"\"",
                "\"not-a-uuid\"",
                "\"5c56c793-69f3-4fbf-87e6\"",
                "\"zc56c793-69f3-4fbf-87e6-c4bf54c28c26\"",
                "NaN",
                "0x10",
                "01"
            })
    void refusesIdsOfEveryWrongKind(String id) throws Exception {
        refused(
                400,
                "Format error in JSON body: ",
                "PUT",
                POINTS,
                "{\"points\":[{\"id\":" + id + ",\"vector\":[1,2]}]}");
        refused(400, "Format error in JSON body: ", "POST", POINTS + "/delete", "{\"points\":[" + id + "]}");
        refused(400, "Format error in JSON body: ", "POST", POINTS, "{\"ids\":[" + id + "]}");
    }

    static Stream<String> numbers() {
        return Stream.of(
                "NaN",
                "Infinity",
                "-Infinity",
                "1e39",
                "-1e400",
                "1e99999999999",
                "1" + "0".repeat(100_000),
                "\"1\"",
                "null",
                "true",
                "[1]",
                "{}",
                "1.",
                ".5",
                "+1",
                "--1",
                "1e");
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void refusesWhatIsNoNumberOfAVector(String number) throws Exception {
        String vector = "[1," + number + "]";
        refused(400, "", "PUT", POINTS, "{\"points\":[{\"id\":5,\"vector\":" + vector + "}]}");
        refused(400, "", "POST", POINTS + "/query", "{\"query\":" + vector + "}");
        refused(400, "", "POST", POINTS + "/search", "{\"vector\":" + vector + ",\"limit\":1}");
    }

    static Stream<String> deep() {
        int depth = 1_000_000;
        return Stream.of(
                "[".repeat(depth),
                "{\"a\":".repeat(depth),
                "{\"points\":[{\"id\":5,\"vector\":" + "[".repeat(depth) + "]}",
                "{\"points\":[{\"id\":5,\"vector\":[1,2],\"payload\":" + "{\"a\":".repeat(depth) + "}]}",
                "{\"points\":[{\"id\":5,\"vector\":[1,2],\"other\":" + "[".repeat(depth) + "}]}",
                "{\"query\":" + "{\"nearest\":".repeat(depth),
                "{\"prefetch\":".repeat(depth),
                "{\"filter\":" + "{\"must\":".repeat(depth),
                "{\"filter\":" + "{\"must\":[".repeat(depth),
                "{\"filter\":{\"must\":" + "{\"nested\":{\"key\":\"a\",\"filter\":{\"must\":".repeat(depth / 4));
    }

    @ParameterizedTest
    @Tag("slow")
    @MethodSource("deep")
    void refusesWhatIsNestedAMillionTimes(String body) throws Exception {
        for (String path : List.of("", "/query", "/scroll", "/count", "/delete", "/batch")) {
            HttpResponse<String> answer = send(path.isEmpty() ? "PUT" : "POST", POINTS + path, body);
            assertEquals(400, answer.statusCode(), path + " " + answer.body());
            error(answer);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"points\":[{\"id\":5,\"id\":6,\"vector\":[1,2]}]}",
                "{\"points\":[{\"id\":5,\"vector\":[1,2],\"vector\":[3,4]}]}",
                "{\"points\":[{\"id\":5,\"vector\":[1,2]}],\"points\":[{\"id\":6,\"vector\":[1,2]}]}",
                "{\"points\":[{\"id\":5,\"vector\":[1,2],\"payload\":{\"a\":1,\"a\":2}}]}"
            })
    void refusesKeysThatComeTwice(String body) throws Exception {
        String error = refused(400, "Format error in JSON body: ", "PUT", POINTS, body);
        assertTrue(error.contains("uplicate"), error);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\ud800", "a\\udc00", "\\udc00\\ud800", "\\ud83dx"})
    void refusesHalfASurrogatePair(String half) throws Exception {
        for (String payload : List.of("{\"a\":\"%s\"}", "{\"%s\":1}", "{\"a\":[{\"b\":\"%s\"}]}")) {
            String error = refused(
                    400,
                    "Format error in JSON body: ",
                    "PUT",
                    POINTS,
                    "{\"points\":[{\"id\":5,\"vector\":[1,2],\"payload\":" + payload.formatted(half) + "}]}");
            assertTrue(error.contains("surrogate"), error);
        }
        refused(
                400,
                "Format error in JSON body: ",
                "POST",
                "/collections/aliases",
                "{\"actions\":[{\"create_alias\":{\"collection_name\":\"docs\",\"alias_name\":\"" + half + "\"}}]}");
    }

    @Test
    void refusesOneDimensionTooMany() throws Exception {
        refused(
                422,
                "Validation error in JSON body: ",
                "PUT",
                "/collections/wide",
                "{\"vectors\":{\"size\":65537,\"distance\":\"Dot\"}}");
        String vector = IntStream.range(0, 65_537).mapToObj(i -> "1").collect(Collectors.joining(",", "[", "]"));
        refused(400, "Wrong input: ", "PUT", POINTS, "{\"points\":[{\"id\":5,\"vector\":" + vector + "}]}");
        refused(400, "Wrong input: ", "POST", POINTS + "/query", "{\"query\":" + vector + "}");
    }

    @Test
    void refusesTextThatIsNotUtf8() throws Exception {
        for (byte[] bad : List.of(
                new byte[] {(byte) 0xff},
                new byte[] {(byte) 0xc3, '('},
                new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
                new byte[] {0})) {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            body.writeBytes(
                    "{\"points\":[{\"id\":5,\"vector\":[1,2],\"payload\":{\"a\":\"".getBytes(StandardCharsets.UTF_8));
            body.writeBytes(bad);
            body.writeBytes("\"}}]}".getBytes(StandardCharsets.UTF_8));
            HttpResponse<String> answer = send("PUT", POINTS, body.toByteArray());
            assertEquals(400, answer.statusCode(), answer.body());
            assertTrue(error(answer).startsWith("Format error in JSON body: "), answer.body());
        }
    }

    @Test
    void refusesBodiesThatAreNoJsonOrStopInTheMiddle() throws Exception {
        for (String body :
                List.of("", " ", "{", "nonsense", "{\"points\":[", "{}{}", "[]", "null", "\"x\"", "\u0000")) {
            refused(400, "Format error in JSON body: ", "PUT", POINTS, body);
        }
    }

    @Test
    @Tag("slow")
    void doesNotSwellWhatWasSqueezed() throws Exception {
        ByteArrayOutputStream squeezed = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(squeezed)) {
            gzip.write(
                    "{\"points\":[{\"id\":5,\"vector\":[1,2],\"payload\":{\"a\":\"".getBytes(StandardCharsets.UTF_8));
            byte[] block = " ".repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < 512; i++) {
                gzip.write(block);
            }
            gzip.write("\"}}]}".getBytes(StandardCharsets.UTF_8));
        }
        long before = usedBytes();
        for (String encoding : List.of("gzip", "deflate", "br", "zstd", "identity")) {
            HttpResponse<String> answer = client.send(
                    request(POINTS)
                            .header("Content-Encoding", encoding)
                            .method("PUT", BodyPublishers.ofByteArray(squeezed.toByteArray()))
                            .build(),
                    BodyHandlers.ofString());
            assertTrue(List.of(400, 413, 415).contains(answer.statusCode()), encoding + ": " + answer);
            error(answer);
        }
        assertTrue(usedBytes() - before < 64L << 20, "memory grew from " + before + " to " + usedBytes());
    }

    private static long usedBytes() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    @Test
    @Tag("slow")
    void refusesBodiesAndPayloadsThatAreTooLarge() throws Exception {
        HttpResponse<String> large = send("PUT", POINTS, " ".repeat(33 << 20));
        assertEquals(413, large.statusCode());
        error(large);
        String values = "[],".repeat(4_000_000);
        refused(
                400,
                "Format error in JSON body: ",
                "PUT",
                POINTS,
                "{\"points\":[{\"id\":5,\"vector\":[1,2],\"payload\":{\"a\":[" + values + "1]}}]}");
    }

    @Test
    @Tag("slow")
    void servesOthersWhileTenClientsDribble() throws Exception {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 10; i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.actualPort());
                socket.getOutputStream()
                        .write(("PUT " + POINTS + " HTTP/1.1\r\nHost: x\r\napi-key: k\r\n"
                                        + "Content-Type: application/json\r\nContent-Length: 10000000\r\n\r\n{\"points\":[")
                                .getBytes(StandardCharsets.US_ASCII));
                socket.getOutputStream().flush();
                slow.add(socket);
            }
            for (int asked = 0; asked < 31; asked++) {
                for (Socket socket : slow) {
                    socket.getOutputStream().write(' ');
                }
                HttpResponse<String> answer = send("POST", POINTS + "/query", "{\"query\":[1,1],\"limit\":1}");
                assertEquals(200, answer.statusCode(), answer.body());
            }
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    @Test
    @Tag("slow")
    void servesOthersWhileManySendTheLargestBodies() throws Exception {
        String body = "{\"points\":[{\"id\":5,\"vector\":[1,2],\"payload\":{\"a\":\"" + "x".repeat(30 << 20) + "\"}}";
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            answers.add(client.sendAsync(
                    request(POINTS).method("PUT", BodyPublishers.ofString(body)).build(), BodyHandlers.ofString()));
        }
        for (int i = 0; i < 20; i++) {
            assertEquals(
                    200,
                    send("POST", POINTS + "/query", "{\"query\":[1,1],\"limit\":1}")
                            .statusCode());
        }
        for (CompletableFuture<HttpResponse<String>> answer : answers) {
            int status = answer.get(60, TimeUnit.SECONDS).statusCode();
            assertTrue(status == 400 || status == 429, "status " + status);
        }
    }

    private static String refused(int status, String prefix, String method, String path, String body) throws Exception {
        HttpResponse<String> answer = send(method, path, body);
        String sent = body.substring(0, Math.min(200, body.length()));
        assertEquals(status, answer.statusCode(), sent + " -> " + answer.body());
        String error = error(answer);
        assertTrue(error.startsWith(prefix), sent + " -> " + error);
        return error;
    }

    /// The message of an error in its envelope, which repeats no more than a little of what was sent.
    private static String error(HttpResponse<String> answer) throws IOException {
        JsonNode body = JSON.readTree(answer.body());
        String error = body.at("/status/error").asText();
        assertFalse(error.isEmpty(), answer.body());
        assertTrue(
                answer.body().length() < 2_000, "an error of " + answer.body().length() + " characters");
        return error;
    }

    private static HttpResponse<String> send(String method, String path, String body) throws Exception {
        return send(method, path, body.getBytes(StandardCharsets.UTF_8));
    }

    private static HttpResponse<String> send(String method, String path, byte[] body) throws Exception {
        return client.send(
                request(path).method(method, BodyPublishers.ofByteArray(body)).build(), BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.actualPort() + path))
                .timeout(Duration.ofSeconds(60))
                .header("api-key", "k")
                .header("Content-Type", "application/json");
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }
}
