package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.deploy.RawHttp.Got;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What no client of good will sends is refused in the form of the protocol it was sent to, at once, and the next
/// request is answered.
@Tag("slow")
class AbuseTest {
    private static final String MODEL = "qwen2.5-7b-instruct";
    private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";

    private static RunningPlatform platform;
    private static RawHttp http;

    /// A protocol, a good request of it that may be spoilt, and where its errors say what is wrong.
    record Protocol(String name, String path, String body, String message) {
        JsonNode error(Got got) {
            JsonNode at = got.json().at(message);
            assertTrue(at.isTextual() && !at.asText().isBlank(), name + ": " + got);
            return at;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static final Protocol OPENAI = new Protocol(
            "OpenAI",
            "/v1/chat/completions",
            "{\"model\":\"" + MODEL + "\",\"max_tokens\":2," + MESSAGES + "}",
            "/error/message");
    private static final Protocol ANTHROPIC = new Protocol(
            "Anthropic",
            "/v1/messages",
            "{\"model\":\"" + MODEL + "\",\"max_tokens\":2," + MESSAGES + "}",
            "/error/message");
    private static final Protocol OLLAMA = new Protocol(
            "Ollama",
            "/api/chat",
            "{\"model\":\"" + MODEL + "\",\"stream\":false,\"options\":{\"num_predict\":2}," + MESSAGES + "}",
            "/error");
    private static final Protocol KSERVE = new Protocol(
            "KServe",
            "/v2/models/all-minilm-l6-v2/infer",
            "{\"inputs\":[{\"name\":\"text\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"hi\"]}]}",
            "/error");
    private static final List<Protocol> ALL = List.of(OPENAI, ANTHROPIC, OLLAMA, KSERVE);

    static Stream<Protocol> protocols() {
        return ALL.stream();
    }

    @BeforeAll
    static void start() {
        platform = RunningPlatform.ephemeral();
        http = new RawHttp(platform.port(), platform.key());
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void aGoodRequestIsAnswered(Protocol protocol) throws Exception {
        assertEquals(200, http.post(protocol.path(), protocol.body()).status(), protocol.name());
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void aMegabyteOfHeadersIsTooLarge(Protocol protocol) throws Exception {
        for (String headers : List.of(
                "X-A: " + "a".repeat(1 << 20) + "\r\n",
                String.join("", Collections.nCopies(10_000, "X-A: " + "a".repeat(100) + "\r\n")))) {
            Got got = http.send(http.request("POST", protocol.path(), headers, protocol.body()));

            assertEquals(431, got.status(), protocol + ": " + got);
            protocol.error(got);
        }
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void aHeadWithTwoReadingsIsRefusedAndItsConnectionClosed(Protocol protocol) throws Exception {
        String body = protocol.body();
        String chunked = Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n";
        String length = "Content-Length: " + body.length() + "\r\n";
        Map<String, String> spoilt = Map.ofEntries(
                Map.entry("both framings", "Transfer-Encoding: chunked\r\n" + length + "|" + chunked),
                Map.entry("two lengths", length + "Content-Length: 5\r\n|" + body),
                Map.entry("a list of lengths", "Content-Length: 5, 6\r\n|" + body),
                Map.entry("a negative length", "Content-Length: -5\r\n|" + body),
                Map.entry("a signed length", "Content-Length: +" + body.length() + "\r\n|" + body),
                Map.entry("a length beyond 63 bits", "Content-Length: 99999999999999999999\r\n|" + body),
                Map.entry("a chunk beyond 63 bits", "Transfer-Encoding: chunked\r\n|fffffffffffffffff\r\n" + body),
                Map.entry("a negative chunk", "Transfer-Encoding: chunked\r\n|-1\r\n" + body),
                Map.entry("a chunk without a size", "Transfer-Encoding: chunked\r\n|zz\r\n" + body),
                Map.entry(
                        "a chunk that is longer than it says",
                        "Transfer-Encoding: chunked\r\n|1\r\n" + body + "\r\n0\r\n\r\n"),
                Map.entry("an endless chunk extension", "Transfer-Encoding: chunked\r\n|1;" + "a".repeat(100_000)),
                Map.entry("an unknown coding", "Transfer-Encoding: xchunked\r\n|" + chunked),
                Map.entry("a coding before chunked", "Transfer-Encoding: gzip, chunked\r\n|" + chunked),
                Map.entry("two codings", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n|" + chunked),
                Map.entry("a blank before the colon", "Transfer-Encoding : chunked\r\n" + length + "|" + body),
                Map.entry("a CR alone", length + "X-A: a\rContent-Length: 5\r\n|" + body),
                Map.entry("a NUL in a header", length + "X-A: a\u0000b\r\n|" + body),
                Map.entry("two hosts", length + "Host: other\r\n|" + body));
        for (Map.Entry<String, String> entry : spoilt.entrySet()) {
            String[] parts = entry.getValue().split("\\|", 2);
            Got got = http.send(http.head("POST", protocol.path(), parts[0]) + parts[1]);

            assertEquals(400, got.status(), protocol + ", " + entry.getKey() + ": " + got);
            protocol.error(got);
        }
    }

    @Test
    void nothingBehindABadRequestIsAnswered() throws Exception {
        String smuggled = http.request("GET", "/v1/models", "", "");
        Got got = http.send(
                http.head("POST", "/v1/chat/completions", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n")
                        + "0\r\n\r\n" + smuggled);

        assertEquals(400, got.status());
        assertEquals(1, got.responses(), got.toString());
    }

    @Test
    void aFoldedFramingHeaderIsStillThatHeader() throws Exception {
        String body = OPENAI.body();
        String folded = "Transfer-Encoding:\r\n chunked\r\nContent-Length: " + body.length() + "\r\n";
        Got got = http.send(http.head("POST", OPENAI.path(), folded) + body);

        assertEquals(400, got.status(), got.toString());
    }

    @Test
    void whatIsNoHttpIsRefusedAtOnce() throws Exception {
        for (String bytes : List.of(
                http.request("POST", OPENAI.path(), "", OPENAI.body()).replace("\r\n", "\n"),
                "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\r\n\r\n",
                http.request("GE(T", "/v1/models", "", ""))) {
            Got got = http.send(bytes);

            assertEquals(400, got.status(), got.toString());
        }
        Got longLine = http.send(http.request("GET", "/v1/models?a=" + "a".repeat(100_000), "", ""));
        assertEquals(414, longLine.status(), longLine.toString());
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void methodsAndPathsThatAreNotServedAreToldSo(Protocol protocol) throws Exception {
        for (String method : List.of("BREW", "TRACE", "OPTIONS", "PUT")) {
            Got got = http.send(http.request(method, protocol.path(), "", ""));

            assertEquals(405, got.status(), protocol + " " + method + ": " + got);
            protocol.error(got);
        }
        assertEquals(
                405, http.send(http.request("HEAD", protocol.path(), "", "")).status());
        String start = protocol.path().substring(0, protocol.path().lastIndexOf('/'));
        for (String path : List.of(start + "/%00", start + "/..%2f..%2fetc", start + "/%c0%ae%c0%ae", start + "%2fx")) {
            Got got = http.send(http.request("POST", path, "", protocol.body()));

            assertTrue(got.status() == 404 || got.status() == 405, protocol + " " + path + ": " + got);
            assertTrue(got.json().isObject(), got.toString());
        }
    }

    @Test
    void pathsThatCannotBeReadAreRefusedAsJson() throws Exception {
        for (String path : List.of("/%zz", "/v1/%", "\\v1\\chat", "*", "x")) {
            Got got = http.send(http.request("POST", path, "", "{}"));

            assertTrue(got.status() == 400 || got.status() == 404, path + ": " + got);
            assertTrue(got.json().path("title").isTextual(), path + ": " + got);
        }
    }

    @Test
    void aPathIsTheSameHoweverItIsWritten() throws Exception {
        for (String path : List.of("//v1//chat/completions", "/v1/../v1/chat/completions", "/v1/./chat/completions")) {
            assertEquals(
                    401,
                    http.send("POST " + path
                                    + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
                            .status(),
                    path);
        }
        Got traversal = http.send(http.request("GET", "/console/%2e%2e/%2e%2e/etc/passwd", "", ""));
        assertFalse(traversal.text().contains("root:"), traversal.toString());
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void compressedBodiesAreRefusedBeforeTheyAreUnpacked(Protocol protocol) throws Exception {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new GZIPOutputStream(bytes)) {
            byte[] piece = new byte[1 << 20];
            for (int i = 0; i < 64; i++) {
                zip.write(piece);
            }
        }
        Got got = http.send(http.request(
                "POST", protocol.path(), "Content-Encoding: gzip\r\n", bytes.toString(StandardCharsets.ISO_8859_1)));

        assertEquals(415, got.status(), got.toString());
        protocol.error(got);
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void bodiesThatAreNoJsonAreToldSo(Protocol protocol) throws Exception {
        String good = protocol.body();
        for (String body : List.of(
                "",
                "[".repeat(1_000_000),
                good.replace("}]", "}],\"x\":" + "[".repeat(5_000) + "]".repeat(5_000)),
                good.replace("hi", "h\u00ff\u00fei"),
                good.replace("hi", "h\u00c0\u00af"),
                good.replace("hi", "\u00ed\u00a0\u0080"),
                new String(good.getBytes(StandardCharsets.UTF_16), StandardCharsets.ISO_8859_1),
                new String(good.getBytes(StandardCharsets.UTF_16LE), StandardCharsets.ISO_8859_1),
                good.replace("}]", "}],\"" + "k".repeat(200_000) + "\":1"),
                good.replace("}]", "}],\"x\":" + "9".repeat(5_000)),
                good.replace("}]", "}],\"temperature\":NaN"),
                good.replace("}]", "}],\"temperature\":-Infinity"))) {
            Got got = http.post(protocol.path(), body);

            String shown = protocol + " " + body.substring(0, Math.min(80, body.length())) + " -> " + got;
            assertEquals(400, got.status(), shown);
            protocol.error(got);
        }
    }

    @Test
    void aLoneSurrogateIsAnsweredWithSoundUtf8() throws Exception {
        for (Protocol protocol : List.of(OPENAI, ANTHROPIC, OLLAMA)) {
            Got got = http.post(protocol.path(), protocol.body().replace("hi", "\\ud800 x"));

            assertEquals(200, got.status(), got.toString());
            assertFalse(got.text().contains("\\ud800"), got.toString());
            assertTrue(got.isSoundUtf8(), got.toString());
        }
    }

    @Test
    void listsWithoutEndAreRefusedQuickly() throws Exception {
        String message = "{\"role\":\"user\",\"content\":\"hi\"},";
        String messages = "[" + message.repeat(99_999) + message.replace("},", "}]");
        String words = "[" + "\"a\",".repeat(999_999) + "\"a\"]";
        String tools = "[" + "{\"type\":\"function\",\"function\":{\"name\":\"a\"}},".repeat(99_999) + "{}]";
        record Huge(Protocol protocol, String path, String body) {}
        String embedding = "{\"model\":\"all-minilm-l6-v2\",\"input\":" + words + "}";
        for (Huge request : List.of(
                new Huge(OPENAI, OPENAI.path(), OPENAI.body().replaceAll("\\[.*]", messages)),
                new Huge(ANTHROPIC, ANTHROPIC.path(), ANTHROPIC.body().replaceAll("\\[.*]", messages)),
                new Huge(OLLAMA, OLLAMA.path(), OLLAMA.body().replaceAll("\\[.*]", messages)),
                new Huge(OPENAI, OPENAI.path(), OPENAI.body().replace("}]", "}],\"tools\":" + tools)),
                new Huge(ANTHROPIC, ANTHROPIC.path(), ANTHROPIC.body().replace("}]", "}],\"tools\":" + tools)),
                new Huge(OPENAI, OPENAI.path(), OPENAI.body().replace("}]", "}],\"stop\":" + words)),
                new Huge(OPENAI, OPENAI.path(), OPENAI.body().replace("}]", "}],\"n\":1000000")),
                new Huge(OPENAI, "/v1/embeddings", embedding),
                new Huge(OLLAMA, "/api/embed", embedding),
                new Huge(KSERVE, KSERVE.path(), KSERVE.body().replace("[\"hi\"]", words)),
                new Huge(KSERVE, KSERVE.path(), KSERVE.body().replace("[1]", "[9223372036854775807,2]")))) {
            Got got = http.post(request.path(), request.body());

            String shown = request.path() + " " + request.body().substring(0, 80) + " -> " + got;
            assertEquals(400, got.status(), shown);
            request.protocol().error(got);
        }
    }

    @Test
    void anExpectationNobodyMeetsFails() throws Exception {
        Got got = http.send(http.request("POST", OPENAI.path(), "Expect: miracles\r\n", OPENAI.body()));

        assertEquals(417, got.status(), got.toString());
        OPENAI.error(got);
    }
}
