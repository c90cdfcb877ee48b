package dev.pagoda.deploy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A platform in a process of its own, so that it can be killed.
final class PlatformProcess implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final Pattern READY = Pattern.compile("ready http://127\\.0\\.0\\.1:(\\d+) in ");
    private static final Pattern KEY = Pattern.compile("api-key (\\S+)");

    private final Process process;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final int port;
    private final String output;

    private PlatformProcess(Process process, String output) {
        this.process = process;
        this.output = output;
        this.port = Integer.parseInt(found(READY, output));
    }

    /// Starts `up` on a free port and waits until it says that it is ready.
    static PlatformProcess up(Path data, Path outputFile) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules",
                        "jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.pagoda.deploy.Main",
                        "up",
                        "--port",
                        "0",
                        "--data",
                        data.toString()))
                .redirectErrorStream(true)
                .redirectOutput(outputFile.toFile())
                .start();
        long limitNanos = System.nanoTime() + START_LIMIT.toNanos();
        while (System.nanoTime() < limitNanos) {
            String output = Files.readString(outputFile);
            if (READY.matcher(output).find() && output.contains("api-key")) {
                return new PlatformProcess(process, output);
            }
            if (process.waitFor(50, TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("the platform ended: " + Files.readString(outputFile));
            }
        }
        process.destroyForcibly();
        throw new IllegalStateException("the platform is not ready: " + Files.readString(outputFile));
    }

    /// The key that the first start prints.
    String freshKey() {
        return found(KEY, output);
    }

    HttpResponse<String> send(String key, String method, String path, @Nullable String body)
            throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .timeout(Duration.ofSeconds(60))
                        .header("api-key", key)
                        .header("content-type", "application/json")
                        .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    /// `kill -9`.
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit()
                .orTimeout(60, TimeUnit.SECONDS)
                .exceptionally(late -> process.destroyForcibly())
                .join();
        client.close();
    }

    private static String found(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find()) {
            throw new IllegalStateException("no " + pattern + " in: " + text);
        }
        return matcher.group(1);
    }
}
