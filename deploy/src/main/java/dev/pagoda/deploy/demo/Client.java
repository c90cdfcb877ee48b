package dev.pagoda.deploy.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Iterator;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// An ordinary HTTP client of the platform: JSON in, JSON or server-sent events out, a bearer key. One thread at a
/// time.
final class Client implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(3);
    private static final Duration WAIT = Duration.ofMinutes(5);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .build();
    private final String base;
    private final String key;

    /// @param base scheme, host and port
    Client(String base, String key) {
        this.base = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
        this.key = key;
    }

    /// An answer.
    record Reply(int status, JsonNode body) {}

    JsonNode get(String path) throws InterruptedException {
        return expect("GET " + path, send(request(path).GET().build())).body();
    }

    Reply post(String path, JsonNode body) throws InterruptedException {
        return expect("POST " + path, tryPost(path, body));
    }

    /// As [#post], but a refusal is an answer too.
    Reply tryPost(String path, JsonNode body) throws InterruptedException {
        return send(request(path).POST(BodyPublishers.ofString(body.toString())).build());
    }

    /// Posts and hands each event's data to `events` as it arrives, up to the end of the stream or OpenAI's `[DONE]`.
    void stream(String path, JsonNode body, Consumer<JsonNode> events) throws InterruptedException {
        HttpRequest request =
                request(path).POST(BodyPublishers.ofString(body.toString())).build();
        try {
            HttpResponse<Stream<String>> response = http.send(request, BodyHandlers.ofLines());
            try (Stream<String> lines = response.body()) {
                if (response.statusCode() != 200) {
                    throw new StepFailed("POST " + path + " was answered " + response.statusCode() + ": "
                            + lines.collect(Collectors.joining(" ")));
                }
                read(lines.iterator(), events);
            }
        } catch (IOException e) {
            throw new StepFailed("POST " + path + " broke off: " + e, e);
        }
    }

    private static void read(Iterator<String> lines, Consumer<JsonNode> events) throws JsonProcessingException {
        while (lines.hasNext()) {
            String line = lines.next();
            if (line.startsWith("data:")) {
                String data = line.substring("data:".length()).strip();
                if (data.equals("[DONE]")) {
                    return;
                }
                events.accept(JSON.readTree(data));
            }
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path))
                .timeout(WAIT)
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json");
    }

    private Reply send(HttpRequest request) throws InterruptedException {
        try {
            HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
            String text = response.body();
            return new Reply(response.statusCode(), JSON.readTree(text.isBlank() ? "null" : text));
        } catch (JsonProcessingException e) {
            throw new StepFailed(request.method() + " " + request.uri() + " was not answered in JSON", e);
        } catch (IOException e) {
            throw new StepFailed(request.method() + " " + request.uri() + " failed: " + e, e);
        }
    }

    private static Reply expect(String what, Reply reply) {
        if (reply.status() / 100 != 2) {
            throw new StepFailed(what + " was answered " + reply.status() + ": " + reply.body());
        }
        return reply;
    }

    @Override
    public void close() {
        http.close();
    }
}
