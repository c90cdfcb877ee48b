package dev.pagoda.deploy.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A real Prometheus, as installed on this machine, that scrapes one platform by our own configuration.
///
/// The configuration is taken as shipped but for the port and a scrape interval of one second.
public final class PrometheusProcess implements AutoCloseable {

    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final Process process;
    private final Path log;
    private final URI url;

    /// @param scrapeConfig our `prometheus.yml`
    /// @param platformPort where the platform listens on 127.0.0.1
    /// @param folder       for the data, the configuration and the log
    public PrometheusProcess(Path scrapeConfig, int platformPort, Path folder) {
        try {
            var config = folder.resolve("prometheus.yml");
            Files.writeString(config, forTest(Files.readString(scrapeConfig), platformPort));
            int port;
            try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                port = free.getLocalPort();
            }
            url = URI.create("http://127.0.0.1:" + port);
            log = folder.resolve("prometheus.log");
            process = new ProcessBuilder(
                            find(System.getenv("PATH")).toString(),
                            "--config.file=" + config,
                            "--storage.tsdb.path=" + folder.resolve("tsdb"),
                            "--web.listen-address=127.0.0.1:" + port)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        until("it is ready", () -> get("/-/ready") == 200);
    }

    public URI url() {
        return url;
    }

    /// Waits until the platform was scraped so often, and successfully the last time.
    public void awaitScrapes(int scrapes) {
        until(
                scrapes + " scrapes",
                () -> value("min(count_over_time(up{job=\"pagoda\"}[5m]))") >= scrapes
                        && value("min(up{job=\"pagoda\"})") == 1);
    }

    /// The answer to an instant query.
    public JsonNode query(String expression) {
        var form = "query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8);
        var request = HttpRequest.newBuilder(url.resolve("/api/v1/query"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .timeout(Duration.ofSeconds(10))
                .POST(BodyPublishers.ofString(form))
                .build();
        try {
            return JSON.readTree(http.send(request, BodyHandlers.ofString()).body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while asking Prometheus", e);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        http.close();
    }

    static String forTest(String config, int platformPort) {
        for (var expected : List.of("127.0.0.1:8080", "scrape_interval: 5s", "scrape_timeout: 4s")) {
            if (!config.contains(expected)) {
                throw new IllegalArgumentException("the scrape configuration has no '" + expected + "'");
            }
        }
        return config.replace("127.0.0.1:8080", "127.0.0.1:" + platformPort)
                .replace("scrape_interval: 5s", "scrape_interval: 1s")
                .replace("scrape_timeout: 4s", "scrape_timeout: 1s");
    }

    static Path find(String path) {
        for (var folder : path.split(File.pathSeparator, -1)) {
            var candidate = Path.of(folder, "prometheus");
            if (Files.isExecutable(candidate)) {
                return candidate;
            }
        }
        throw new IllegalStateException("no Prometheus on the PATH; on Debian: apt install prometheus");
    }

    private double value(String expression) {
        var result = query(expression).path("data").path("result");
        return result.isEmpty()
                ? Double.NaN
                : Double.parseDouble(result.path(0).path("value").path(1).asText());
    }

    private int get(String path) throws InterruptedException {
        var request = HttpRequest.newBuilder(url.resolve(path))
                .timeout(Duration.ofSeconds(2))
                .build();
        try {
            return http.send(request, BodyHandlers.discarding()).statusCode();
        } catch (IOException _) {
            return -1;
        }
    }

    private interface Condition {
        boolean holds() throws InterruptedException;
    }

    private void until(String what, Condition condition) {
        var deadline = System.nanoTime() + START.toNanos();
        try {
            while (!condition.holds()) {
                if (process.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS) || System.nanoTime() > deadline) {
                    throw new IllegalStateException(
                            "Prometheus did not come to: " + what + "; its log:\n" + Files.readString(log));
                }
            }
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + what, e);
        } catch (IOException | RuntimeException e) {
            close();
            throw e instanceof RuntimeException unchecked ? unchecked : new UncheckedIOException((IOException) e);
        }
    }
}
