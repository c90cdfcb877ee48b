package dev.pagoda.deploy.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.deploy.StartRefused;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A platform in a process of its own that serves one model on a fixed number of simulated replicas.
final class StreamsPlatform implements AutoCloseable {
    private static final Pattern KEY = Pattern.compile("pgd-[A-Za-z0-9_-]+");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient client = HttpClient.newHttpClient();
    private final Path folder;
    private final Process process;
    private final int port;
    private final String key;
    private final String model;

    private StreamsPlatform(Path folder, Process process, int port, String key, String model) {
        this.folder = folder;
        this.process = process;
        this.port = port;
        this.key = key;
        this.model = model;
    }

    /// @param timeScale the engines' seconds in a second
    static StreamsPlatform start(String model, int replicas, int sequences, double timeScale)
            throws InterruptedException {
        Path folder = null;
        Process process = null;
        try {
            folder = Files.createTempDirectory("pagoda-bench-streams");
            Path config = folder.resolve("pagoda.yaml");
            Files.writeString(config, String.format(Locale.ROOT, """
                            gateway:
                              maxSequences: %d
                              maxQueued: 100000
                              replicas: { timeScale: %s, startShare: 0.0 }
                            vectors: { grpcPort: -1 }
                            """, sequences, timeScale));
            int port = freePort();
            process = new ProcessBuilder(ChildJvm.platform(
                            StreamSchedule.options(folder),
                            List.of(
                                    "up",
                                    "--config",
                                    config.toString(),
                                    "--port",
                                    Integer.toString(port),
                                    "--data",
                                    folder.resolve("data").toString())))
                    .directory(folder.toFile())
                    .redirectError(folder.resolve("pagoda.log").toFile())
                    .start();
            String key = key(process);
            var platform = new StreamsPlatform(folder, process, port, key, model);
            platform.serve(replicas);
            return platform;
        } catch (IOException | RuntimeException failed) {
            if (process != null) {
                process.destroyForcibly();
            }
            if (folder != null) {
                delete(folder);
            }
            throw failed instanceof StartRefused refused
                    ? refused
                    : new StartRefused("the platform cannot be started: " + failed.getMessage(), failed);
        }
    }

    private static String key(Process process) throws IOException {
        var lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            Matcher found = KEY.matcher(line);
            if (found.find()) {
                // what it goes on to say is read, so that it is never held up
                drain(process);
                return found.group();
            }
        }
        throw new StartRefused("the platform has ended before it said its key");
    }

    private static void drain(Process process) {
        Thread.ofVirtual().start(() -> {
            try {
                process.getInputStream().transferTo(OutputStream.nullOutputStream());
            } catch (IOException gone) {
                // it has ended
            }
        });
    }

    private void serve(int replicas) throws IOException, InterruptedException {
        String spec = String.format(
                Locale.ROOT,
                "{\"min_replicas\": %d, \"max_replicas\": %d, \"routing\": \"least-requests\","
                        + " \"autoscaler\": \"fixed:%d\"}",
                replicas,
                replicas,
                replicas);
        send("POST", "/platform/models/" + model + "/serve", spec);
        awaitReady(replicas);
    }

    /// Waits until so many replicas take requests.
    void awaitReady(int replicas) throws IOException, InterruptedException {
        JsonNode[] last = {json.nullNode()};
        BoundedWait.until(
                () -> {
                    last[0] = status();
                    return last[0].path("ready").asInt() == replicas;
                },
                Duration.ofMillis(20),
                PATIENCE,
                () -> last[0].path("ready").asInt() + " of " + replicas + " replicas of " + model
                        + " are ready after " + PATIENCE.toSeconds() + " s: "
                        + last[0].path("trouble").asText());
    }

    private JsonNode status() throws IOException, InterruptedException {
        return json.readTree(send("GET", "/platform/deployments/" + model, "")).path("deployment");
    }

    /// Whether no engine has a request in hand, or holds a block of keys and values.
    boolean isIdle() throws IOException, InterruptedException {
        for (JsonNode replica : status().path("replicas")) {
            if (replica.path("running").asInt() > 0
                    || replica.path("waiting").asInt() > 0
                    || replica.path("kv_usage").asDouble() > 0) {
                return false;
            }
        }
        return true;
    }

    /// Ends a replica as if its process had died.
    ///
    /// @return sequences that it had
    int crashOne() throws IOException, InterruptedException {
        JsonNode busiest = null;
        for (JsonNode replica : status().path("replicas")) {
            if (busiest == null
                    || replica.path("running").asInt() > busiest.path("running").asInt()) {
                busiest = replica;
            }
        }
        if (busiest == null) {
            throw new StartRefused("there is no replica to crash");
        }
        String path = "/platform/deployments/" + model + "/replicas/"
                + busiest.path("name").asText() + "/crash";
        int running = busiest.path("running").asInt();
        send("POST", path, "");
        return running;
    }

    /// vLLM's counter of generated tokens over all engines of the model.
    long generatedTokens() throws IOException, InterruptedException {
        double sum = 0;
        String name = "model_name=\"" + model + "\"";
        for (String line : send("GET", "/metrics", "").split("\n", -1)) {
            if (line.startsWith("vllm:generation_tokens_total{") && line.contains(name)) {
                sum += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
            }
        }
        return Math.round(sum);
    }

    private String send(String method, String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .header("Authorization", "Bearer " + key)
                        .timeout(PATIENCE)
                        .method(
                                method,
                                body.isEmpty()
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new StartRefused(method + " " + path + " was answered " + answer.statusCode() + ": " + answer.body());
        }
        return answer.body();
    }

    /// Time that the platform's process has had on processors.
    Duration processorTime() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    int port() {
        return port;
    }

    String key() {
        return key;
    }

    String model() {
        return model;
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException left) {
            System.err.println("pagoda: " + folder + " is left behind: " + left.getMessage());
        }
    }

    /// Ends it.
    ///
    /// @return when its engines had the tokens of all streams due
    StreamSchedule end() {
        process.destroy();
        try {
            process.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException late) {
            throw new StartRefused("the platform did not end within " + PATIENCE.toSeconds() + " s", late);
        }
        return StreamSchedule.read(folder);
    }

    @Override
    public void close() {
        client.close();
        process.destroy();
        try {
            process.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException late) {
            process.destroyForcibly();
        }
        delete(folder);
    }
}
