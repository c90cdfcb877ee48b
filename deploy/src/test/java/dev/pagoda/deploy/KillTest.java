package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `kill -9` while keys, usage and points are being written: whatever was acknowledged is there after the restart.
@Tag("slow")
class KillTest {
    private static final int WANTED_OF_EACH = 25;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int BATCH = 10;

    @TempDir
    Path folder;

    private final Queue<String> keys = new ConcurrentLinkedQueue<>();
    private final Queue<String> requests = new ConcurrentLinkedQueue<>();
    private final Queue<Integer> batches = new ConcurrentLinkedQueue<>();

    /// Every kind counts down at most its own share.
    private final CountDownLatch enough = new CountDownLatch(3 * WANTED_OF_EACH);

    private <T> void acknowledged(Queue<T> kind, T item) {
        kind.add(item);
        if (kind.size() <= WANTED_OF_EACH) {
            enough.countDown();
        }
    }

    @Test
    void losesNothingAcknowledged() throws Exception {
        Path data = folder.resolve("data");
        String key;
        try (PlatformProcess platform = PlatformProcess.up(data, folder.resolve("first.txt"))) {
            key = platform.freshKey();
            platform.send(key, "PUT", "/collections/kept", "{\"vectors\":{\"size\":4,\"distance\":\"Dot\"}}");
            List<Thread> writers = List.of(
                    Thread.startVirtualThread(() -> repeat(number -> writeKey(platform, key, number))),
                    Thread.startVirtualThread(() -> repeat(number -> chat(platform, key))),
                    Thread.startVirtualThread(() -> repeat(number -> writePoints(platform, key, number))));
            assertTrue(
                    enough.await(LIMIT.toSeconds(), TimeUnit.SECONDS),
                    () -> "too slow: " + keys.size() + " keys, " + requests.size() + " chats, " + batches.size()
                            + " batches");
            platform.kill();
            for (Thread writer : writers) {
                writer.join();
            }
        }

        try (PlatformProcess platform = PlatformProcess.up(data, folder.resolve("second.txt"))) {
            for (String kept : keys) {
                assertEquals(200, platform.send(kept, "GET", "/v1/models", null).statusCode());
            }
            for (String request : requests) {
                HttpResponse<String> records =
                        platform.send(key, "GET", "/platform/usage/records?request_id=" + request, null);
                assertTrue(records.body().contains(request), request + ": " + records.body());
            }
            List<Integer> ids = new ArrayList<>();
            batches.forEach(batch -> IntStream.range(0, BATCH).forEach(i -> ids.add(batch * BATCH + i)));
            HttpResponse<String> points = platform.send(
                    key, "POST", "/collections/kept/points", "{\"with_payload\":false,\"ids\":" + ids + "}");
            JsonNode found = RunningPlatform.JSON.readTree(points.body()).path("result");
            assertEquals(ids.size(), found.size());
        }
    }

    @FunctionalInterface
    private interface Write {
        void number(int number) throws IOException, InterruptedException;
    }

    /// Writes until the platform is gone.
    private static void repeat(Write write) {
        for (int number = 1; number < 1_000_000; number++) {
            try {
                write.number(number);
            } catch (IOException gone) {
                return;
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void writeKey(PlatformProcess platform, String key, int number) throws IOException, InterruptedException {
        HttpResponse<String> made = platform.send(
                key,
                "POST",
                "/platform/keys",
                "{\"tenant\":\"demo\",\"team\":\"demo\",\"project\":\"demo\",\"role\":\"member\",\"label\":\"k" + number
                        + "\"}");
        assertEquals(2, made.statusCode() / 100, made.body());
        acknowledged(
                keys, RunningPlatform.JSON.readTree(made.body()).path("secret").asText());
    }

    private void chat(PlatformProcess platform, String key) throws IOException, InterruptedException {
        HttpResponse<String> answer = platform.send(
                key,
                "POST",
                "/v1/chat/completions",
                "{\"model\":\"qwen2.5-7b-instruct\",\"max_tokens\":3,"
                        + "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
        assertEquals(200, answer.statusCode(), answer.body());
        acknowledged(requests, answer.headers().firstValue("x-request-id").orElseThrow());
    }

    private void writePoints(PlatformProcess platform, String key, int number)
            throws IOException, InterruptedException {
        String points = IntStream.range(0, BATCH)
                .mapToObj(i -> "{\"id\":" + (number * BATCH + i) + ",\"vector\":[" + i + ",1,2,3]}")
                .collect(Collectors.joining(","));
        HttpResponse<String> written =
                platform.send(key, "PUT", "/collections/kept/points?wait=true", "{\"points\":[" + points + "]}");
        assertEquals(200, written.statusCode(), written.body());
        acknowledged(batches, number);
    }
}
