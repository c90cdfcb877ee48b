package dev.pagoda.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A whole platform inside the test's process on a free port, with plain HTTP calls to it.
final class RunningPlatform implements AutoCloseable {
    static final ObjectMapper JSON = new ObjectMapper();

    private final Platform platform;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String key;

    private RunningPlatform(Platform platform, String key) {
        this.platform = platform;
        this.key = key;
    }

    /// Keeps nothing.
    static RunningPlatform ephemeral() {
        return ephemeral(Config.defaults());
    }

    /// With other settings than the defaults, but for where it listens.
    static RunningPlatform ephemeral(Config config) {
        Platform platform = Platform.start(onFreePort(config), Optional.empty());
        return new RunningPlatform(platform, platform.freshApiKey().orElseThrow());
    }

    /// The first start on a data folder.
    static RunningPlatform first(Path data) {
        Platform platform = Platform.start(onFreePort(), Optional.of(data));
        return new RunningPlatform(platform, platform.freshApiKey().orElseThrow());
    }

    /// A later start on the same folder, with the key of the first.
    static RunningPlatform again(Path data, String key) {
        return new RunningPlatform(Platform.start(onFreePort(), Optional.of(data)), key);
    }

    private static Config onFreePort() {
        return onFreePort(Config.defaults());
    }

    private static Config onFreePort(Config config) {
        return config.withHttp(config.http().withPort(0))
                .withVectors(config.vectors().withGrpc("127.0.0.1", 0));
    }

    String key() {
        return key;
    }

    int port() {
        return platform.port();
    }

    int grpcPort() {
        return platform.grpcPort().orElseThrow();
    }

    String url(String path) {
        return "http://127.0.0.1:" + platform.port() + path;
    }

    /// Makes a tenant with one team and project, as an administrator would.
    String keyOfNewTenant(String name) throws IOException, InterruptedException {
        String tenant = "\"tenant\":\"" + name + "\"";
        made(post("/platform/tenants", "{\"name\":\"" + name + "\"}"));
        made(post("/platform/teams", "{" + tenant + ",\"name\":\"t\"}"));
        made(post("/platform/projects", "{" + tenant + ",\"team\":\"t\",\"name\":\"p\"}"));
        Reply key = made(post(
                "/platform/keys",
                "{" + tenant + ",\"team\":\"t\",\"project\":\"p\",\"role\":\"member\",\"label\":\"test\"}"));
        return key.json().path("secret").asText();
    }

    private static Reply made(Reply reply) {
        if (reply.status() / 100 != 2) {
            throw new IllegalStateException("not made: " + reply);
        }
        return reply;
    }

    Reply get(String path) throws IOException, InterruptedException {
        return send("GET", path, null, key);
    }

    Reply post(String path, String body) throws IOException, InterruptedException {
        return send("POST", path, body, key);
    }

    Reply put(String path, String body) throws IOException, InterruptedException {
        return send("PUT", path, body, key);
    }

    /// @param body null: no body; withKey null: no key
    Reply send(String method, String path, @Nullable String body, @Nullable String withKey)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url(path)))
                .timeout(Duration.ofSeconds(60))
                .header("content-type", "application/json")
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (withKey != null) {
            request.header("Authorization", "Bearer " + withKey);
        }
        long sentNanos = System.nanoTime();
        HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
        return new Reply(response, Duration.ofNanos(System.nanoTime() - sentNanos));
    }

    @Override
    public void close() {
        client.close();
        platform.stop(Duration.ofSeconds(10));
    }

    /// A response with the time it took.
    record Reply(HttpResponse<String> response, Duration took) {
        int status() {
            return response.statusCode();
        }

        String text() {
            return response.body();
        }

        JsonNode json() {
            try {
                return JSON.readTree(response.body());
            } catch (IOException e) {
                throw new IllegalStateException("not JSON: " + response.body(), e);
            }
        }

        @Override
        public String toString() {
            return status() + " in " + took.toMillis() + " ms: " + text();
        }
    }
}
