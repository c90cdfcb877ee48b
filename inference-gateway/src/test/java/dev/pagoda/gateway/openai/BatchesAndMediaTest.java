package dev.pagoda.gateway.openai;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.media.AudioLength;
import dev.pagoda.gateway.media.ImageHeader;
import dev.pagoda.gateway.media.Picture;
import dev.pagoda.gateway.media.SoundForm;
import dev.pagoda.gateway.media.Speech;
import dev.pagoda.gateway.openai.OpenAiServer.Answer;
import dev.pagoda.governance.api.UsageRecord;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import javax.imageio.ImageIO;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import javax.sound.sampled.UnsupportedAudioFileException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BatchesAndMediaTest {
    private static final String HELLO = "\"messages\":[{\"role\":\"user\",\"content\":\"so it goes\"}]";

    private final OpenAiServer server = new OpenAiServer(OpenAiServer.config());

    @AfterEach
    void close() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({"images/generations, prompt, images", "audio/speech, input, speech"})
    void aClientThatLeavesEndsTheWorkAndIsBookedForWhatWasRead(String path, String text, String operation)
            throws IOException {
        String body = "{\"model\":\"forever\",\"voice\":\"alloy\",\"" + text + "\":\"so it goes\"}";
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port)) {
            socket.getOutputStream()
                    .write(("POST /v1/" + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer good\r\n"
                                    + "Content-Type: application/json\r\nContent-Length: " + body.length()
                                    + "\r\n\r\n" + body)
                            .getBytes(StandardCharsets.UTF_8));
            until(() -> server.endless.get() == 1);
        }
        until(() -> !server.booked.isEmpty());
        UsageRecord booked = server.booked.element();
        assertEquals(UsageRecord.Outcome.ABORTED, booked.outcome());
        assertEquals(operation, booked.operation());
        assertEquals(0, booked.completionTokens());
        assertTrue(booked.promptTokens() > 0);
        assertEquals(1, server.booked.size());
    }

    private static void until(BooleanSupplier holds) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!holds.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "not within a minute");
            LockSupport.parkNanos(5_000_000);
        }
    }

    @Test
    void worksOnABatchInTheBackground() {
        String lines = line("a", "{\"model\":\"echo\"," + HELLO + "}")
                + line("b", "{\"model\":\"none\"," + HELLO + "}")
                + line("c", "{\"model\":\"echo\",\"temperature\":9," + HELLO + "}");
        JsonNode done = batch(server.files.add(lines), "completed");

        assertEquals(3, done.at("/request_counts/total").asInt());
        assertEquals(1, done.at("/request_counts/completed").asInt());
        assertEquals(2, done.at("/request_counts/failed").asInt());
        assertEquals(10, done.at("/usage/total_tokens").asInt());
        JsonNode line =
                server.parse(server.files.text(done.path("output_file_id").asText()));
        assertEquals("a", line.path("custom_id").asText());
        assertEquals(
                "so it goes",
                line.at("/response/body/choices/0/message/content").asText());
        List<String> errors = server.files
                .text(done.path("error_file_id").asText())
                .lines()
                .sorted(Comparator.comparing(error -> !error.contains("\"b\"")))
                .toList();
        assertEquals(
                404, server.parse(errors.getFirst()).at("/response/status_code").asInt());
        assertEquals(
                400, server.parse(errors.get(1)).at("/response/status_code").asInt());
        assertEquals("batch", server.service.chats.element().hints().serviceTier());
    }

    /// What is answered at once must not pile up on the stack.
    @Test
    void worksOnManyLinesThatAreAnsweredAtOnce() {
        var lines = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            lines.append(line("l" + i, "{}"));
        }
        JsonNode done = batch(server.files.add(lines.toString()), "completed");

        assertEquals(20_000, done.at("/request_counts/failed").asInt());
    }

    @Test
    void aLineThatThereIsNoRoomForIsAskedAgain() {
        server.service.refusals.set(3);
        JsonNode done = batch(server.files.add(line("a", "{\"model\":\"crowded\"," + HELLO + "}")), "completed");

        assertEquals(1, done.at("/request_counts/completed").asInt());
        assertEquals(0, server.service.refusals.get());
    }

    @Test
    void batchesThatRunAreBounded() {
        String file = server.files.add(line("a", "{\"model\":\"waits\"," + HELLO + "}"));
        String asked = "{\"input_file_id\":\"" + file
                + "\",\"endpoint\":\"/v1/chat/completions\",\"completion_window\":\"24h\"}";
        for (int i = 0; i < 256; i++) {
            assertEquals(200, server.post("/v1/batches", asked).status());
        }
        Answer refused = server.post("/v1/batches", asked);

        assertEquals(429, refused.status());
        String told = refused.json().at("/error/message").asText();
        assertTrue(told.contains("no room for another batch while 256"), told);
    }

    @Test
    void whatABatchWritesIsKeptAsLongAsItSays() {
        String lines =
                line("a", "{\"model\":\"echo\"," + HELLO + "}") + line("b", "{\"model\":\"none\"," + HELLO + "}");
        batch(
                server.files.add(lines),
                "completed",
                ",\"output_expires_after\":{\"anchor\":\"created_at\",\"seconds\":3600}");
        assertEquals(List.of(3_600L, 3_600L), server.files.lives);

        batch(server.files.add(lines), "completed");
        assertEquals(List.of(3_600L, 3_600L, 0L, 0L), server.files.lives);
    }

    @Test
    void aBatchThatCannotBeReadFailsAndOneThatRunsCanBeCancelled() {
        JsonNode failed = batch(server.files.add("no json\n"), "failed");
        assertEquals(1, failed.at("/errors/data/0/line").asInt());

        String id = server.files.add(line("a", "{\"model\":\"waits\"," + HELLO + "}"));
        JsonNode begun = server.post(
                        "/v1/batches",
                        "{\"input_file_id\":\"" + id
                                + "\",\"endpoint\":\"/v1/chat/completions\",\"completion_window\":\"24h\"}")
                .json();
        assertEquals("validating", begun.path("status").asText());
        String batch = begun.path("id").asText();
        assertEquals(404, server.getAsOther("/v1/batches/" + batch).status());
        JsonNode cancelling =
                server.post("/v1/batches/" + batch + "/cancel", "").json();
        assertEquals("cancelling", cancelling.path("status").asText());
    }

    @Test
    void drawsPicturesThatFollowFromThePrompt() throws IOException {
        Answer answer = server.post(
                "/v1/images/generations",
                "{\"model\":\"m\",\"prompt\":\"a pump\",\"n\":2,\"size\":\"64x32\",\"quality\":\"low\"}");
        byte[] first =
                Base64.getDecoder().decode(answer.json().at("/data/0/b64_json").asText());

        assertEquals(64, ImageIO.read(new ByteArrayInputStream(first)).getWidth());
        assertArrayEquals(
                Picture.draw(64, 32, 31L * "a pump".hashCode(), Picture.Look.of(Picture.Form.PNG), Optional.empty()),
                first);
        assertEquals(2, answer.json().path("data").size());
        assertEquals("images", server.booked.element().operation());
        Answer streamed = server.post(
                "/v1/images/generations",
                "{\"prompt\":\"a pump\",\"size\":\"64x32\",\"stream\":true,\"partial_images\":2}");
        assertEquals(
                List.of(
                        "image_generation.partial_image",
                        "image_generation.partial_image",
                        "image_generation.completed"),
                streamed.body()
                        .lines()
                        .filter(line -> line.startsWith("event: "))
                        .map(line -> line.substring(7))
                        .toList());
        assertTrue(streamed.body().contains(Base64.getEncoder().encodeToString(first)));
        Answer edited = form("/v1/images/variations", Map.of("size", "32x32"), "image", "a.png", first);
        assertEquals(200, edited.status(), edited.body());
    }

    @Test
    void speaksAndHearsWhatItSpoke() throws IOException, UnsupportedAudioFileException {
        byte[] wav = Speech.wav(Speech.pcm("The pump is on.", "alloy", 1), "The pump is on.");
        try (AudioInputStream sound = AudioSystem.getAudioInputStream(new ByteArrayInputStream(wav))) {
            assertEquals(Speech.RATE, sound.getFormat().getSampleRate());
            assertEquals(15 * .06, sound.getFrameLength() / (double) Speech.RATE, .001);
        }
        HttpResponse<byte[]> spoken = speak("{\"model\":\"m\",\"voice\":\"alloy\",\"input\":\"Hello\"}");
        assertEquals("audio/mpeg", type(spoken));

        for (String format : List.of("json", "verbose_json", "text", "srt", "vtt")) {
            Answer heard = form(
                    "/v1/audio/transcriptions", Map.of("model", "m", "response_format", format), "file", "a.wav", wav);
            assertEquals(200, heard.status(), heard.body());
            assertTrue(heard.body().contains("The pump is on."), heard.body());
        }
        assertEquals(
                200,
                form("/v1/audio/translations", Map.of("model", "m"), "file", "a.mp3", spoken.body())
                        .status());
    }

    @ParameterizedTest
    @CsvSource({"mp3,audio/mpeg", "opus,audio/opus", "aac,audio/aac", "flac,audio/flac", "wav,audio/wav"})
    void speechIsAsLongAsItsWordsInEachForm(String form, String type) {
        HttpResponse<byte[]> spoken = speak("{\"model\":\"m\",\"voice\":\"alloy\",\"response_format\":\"" + form
                + "\",\"input\":\"Good morning to the pump and to all who read its gauge.\"}");

        assertEquals(type, type(spoken));
        assertEquals(55 * .06, AudioLength.seconds(spoken.body()), .05);
        assertTrue(AudioLength.isSound(spoken.body()));
    }

    @ParameterizedTest
    @CsvSource({"png,opaque,100", "png,transparent,100", "jpeg,auto,30", "webp,transparent,100", "webp,auto,50"})
    void picturesHaveTheFormAndBackgroundThatWereAskedFor(String format, String background, int compression)
            throws IOException {
        JsonNode answer = server.post(
                        "/v1/images/generations",
                        "{\"prompt\":\"a pump\",\"size\":\"96x48\",\"output_format\":\"" + format
                                + "\",\"background\":\"" + background + "\",\"output_compression\":" + compression
                                + "}")
                .json();
        byte[] picture =
                Base64.getDecoder().decode(answer.at("/data/0/b64_json").asText());

        assertEquals(Optional.of(new ImageHeader("image/" + format, 96, 48)), ImageHeader.read(picture));
        boolean isTransparent = background.equals("transparent");
        assertEquals(
                isTransparent,
                ImageIO.read(new ByteArrayInputStream(picture)).getColorModel().hasAlpha());
        assertEquals(format, answer.path("output_format").asText());
        assertEquals(
                isTransparent ? "transparent" : "opaque",
                answer.path("background").asText());
        Answer edited = form(
                "/v1/images/edits",
                Map.of("size", "32x32", "prompt", "greener", "output_format", format, "background", background),
                "image",
                "a." + format,
                picture);
        assertEquals(200, edited.status(), edited.body());
        assertEquals(
                Optional.of(new ImageHeader("image/" + format, 32, 32)),
                ImageHeader.read(Base64.getDecoder()
                        .decode(edited.json().at("/data/0/b64_json").asText())));
    }

    @Test
    void filesThatAreNotTheSoundTheyAreNamedAreRefused() {
        byte[] mp3 = SoundForm.MP3.encode(Speech.pcm("x", "alloy", 1), "x");
        for (String path : List.of("/v1/audio/transcriptions", "/v1/audio/translations")) {
            assertEquals(
                    200, form(path, Map.of("model", "m"), "file", "A.MP3", mp3).status());
            assertEquals(
                    200,
                    form(
                                    path,
                                    Map.of("model", "m"),
                                    "file",
                                    "README.md",
                                    "Example data".getBytes(StandardCharsets.UTF_8))
                            .status());
            for (byte[] broken : List.of(
                    new byte[9_000], new byte[] {'I', 'D', '3'}, "<html></html>".getBytes(StandardCharsets.UTF_8))) {
                Answer corrupted = form(path, Map.of("model", "m"), "file", "a.mp3", broken);
                assertEquals(400, corrupted.status(), corrupted.body());
                assertEquals(
                        "Audio file might be corrupted or unsupported",
                        corrupted.error().path("message").asText());
                assertEquals("file", corrupted.error().path("param").asText());
                assertEquals("invalid_value", corrupted.error().path("code").asText());
            }
        }
    }

    @Test
    void pngIsNotCompressedFurther() {
        Answer refused = server.post("/v1/images/generations", "{\"prompt\":\"x\",\"output_compression\":80}");

        assertEquals(400, refused.status(), refused.body());
        assertEquals(
                "invalid_png_output_compression", refused.error().path("code").asText());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "/v1/images/generations | {\"prompt\": \"x\", \"size\": \"9x9\"} | size",
                "/v1/images/generations | {\"prompt\": \"x\", \"output_format\": \"bmp\"} | output_format",
                "/v1/images/generations | {\"prompt\": \"x\", \"output_format\": \"jpeg\", \"background\": \"transparent\"} | background",
                "/v1/images/generations | {\"prompt\": \"x\", \"output_format\": \"webp\", \"output_compression\": 101} | output_compression",
                "/v1/images/generations | {\"n\": 2} | prompt",
                "/v1/audio/speech | {\"model\": \"m\", \"input\": \"x\", \"voice\": \"v\", \"response_format\": \"ogg\"} | response_format",
                "/v1/images/generations | {\"prompt\": \"x\", \"stream\": true, \"n\": 2} | n",
                "/v1/images/generations | {\"prompt\": \"x\", \"partial_images\": 4} | partial_images",
                "/v1/audio/speech | {\"model\": \"m\", \"input\": \"x\", \"voice\": \"v\", \"speed\": 9} | speed",
                "/v1/rerank | {\"model\": \"embed\", \"query\": \"x\", \"documents\": []} | documents",
                "/v1/batches | {\"input_file_id\": \"f\", \"endpoint\": \"/v1/songs\", \"completion_window\": \"24h\"} | endpoint",
                "/v1/batches | {\"input_file_id\": \"f\", \"endpoint\": \"/v1/completions\", \"completion_window\": \"24h\", \"output_expires_after\": {\"anchor\": \"created_at\", \"seconds\": 3599}} | output_expires_after.seconds",
                "/v1/batches | {\"input_file_id\": \"f\", \"endpoint\": \"/v1/completions\", \"completion_window\": \"24h\", \"output_expires_after\": {\"anchor\": \"created_at\", \"seconds\": 2592001}} | output_expires_after.seconds",
                "/v1/batches | {\"input_file_id\": \"f\", \"endpoint\": \"/v1/completions\", \"completion_window\": \"24h\", \"output_expires_after\": {\"anchor\": \"now\", \"seconds\": 3600}} | output_expires_after.anchor",
                "/v1/batches | {\"input_file_id\": \"f\", \"endpoint\": \"/v1/completions\", \"completion_window\": \"24h\", \"output_expires_after\": {\"anchor\": \"created_at\"}} | output_expires_after.seconds",
            })
    void aBadParameterIsNamed(String path, String body, String parameter) {
        Answer answer = server.post(path, body);

        assertEquals(400, answer.status(), answer.body());
        assertEquals(parameter, answer.error().path("param").asText());
    }

    @Test
    void ordersDocumentsByTheirNearness() {
        Answer answer = server.post(
                "/v1/rerank",
                "{\"model\":\"embed\",\"query\":\"aaa\",\"documents\":[\"zzzzzzzzz\",{\"text\":\"aaa\"}],\"top_n\":1}");

        assertEquals(1, answer.json().path("results").size());
        assertEquals(1, answer.json().at("/results/0/index").asInt());
        assertEquals("aaa", answer.json().at("/results/0/document/text").asText());
    }

    private HttpResponse<byte[]> speak(String body) {
        var request = server.request("/v1/audio/speech")
                .POST(BodyPublishers.ofString(body))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.sendAsync(request, BodyHandlers.ofByteArray()).join();
        }
    }

    private static String type(HttpResponse<byte[]> spoken) {
        return spoken.headers().firstValue("content-type").orElse("");
    }

    private JsonNode batch(String file, String status) {
        return batch(file, status, "");
    }

    private JsonNode batch(String file, String status, String more) {
        String id = server.post(
                        "/v1/batches",
                        "{\"input_file_id\":\"" + file
                                + "\",\"endpoint\":\"/v1/chat/completions\",\"completion_window\":\"24h\"" + more + "}")
                .json()
                .path("id")
                .asText();
        OpenAiServer.awaitTrue(() ->
                server.get("/v1/batches/" + id).json().path("status").asText().equals(status));
        return server.get("/v1/batches/" + id).json();
    }

    private static String line(String id, String body) {
        return "{\"custom_id\":\"" + id + "\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":" + body
                + "}\n";
    }

    private Answer form(String path, Map<String, String> fields, String field, String name, byte[] content) {
        var body = new ByteArrayOutputStream();
        fields.forEach((key, value) -> body.writeBytes(
                ("--cut\r\nContent-Disposition: form-data; name=\"" + key + "\"\r\n\r\n" + value + "\r\n")
                        .getBytes(StandardCharsets.UTF_8)));
        body.writeBytes(("--cut\r\nContent-Disposition: form-data; name=\"" + field + "\"; filename=\"" + name
                        + "\"\r\nContent-Type: application/octet-stream\r\n\r\n")
                .getBytes(StandardCharsets.UTF_8));
        body.writeBytes(content);
        body.writeBytes("\r\n--cut--\r\n".getBytes(StandardCharsets.UTF_8));
        Answer answer = server.send(server.request(path)
                .header("Content-Type", "multipart/form-data; boundary=cut")
                .POST(BodyPublishers.ofByteArray(body.toByteArray()))
                .build());
        assertNotNull(answer);
        return answer;
    }
}
