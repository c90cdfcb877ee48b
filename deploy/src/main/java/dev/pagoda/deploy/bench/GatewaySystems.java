package dev.pagoda.deploy.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.deploy.StartRefused;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The processes of `bench gateway`: a fixed upstream, and in front of it nginx, a minimal relay, and the platform.
final class GatewaySystems implements AutoCloseable {
    private static final Pattern KEY = Pattern.compile("pgd-[A-Za-z0-9_-]+");
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int LOOPS = Math.max(2, Runtime.getRuntime().availableProcessors());

    private final List<Process> processes = new ArrayList<>();
    private final List<GatewaySystem> systems = new ArrayList<>();
    private final Path folder;

    private GatewaySystems(Path folder) {
        this.folder = folder;
    }

    static GatewaySystems start(BenchProgress progress) throws InterruptedException {
        try {
            var systems = new GatewaySystems(Files.createTempDirectory("pagoda-bench-gateway"));
            try {
                progress.say("starting the upstream, nginx, the relay and the platform");
                systems.startAll();
                return systems;
            } catch (IOException | RuntimeException failed) {
                systems.close();
                throw failed;
            }
        } catch (IOException failed) {
            throw new StartRefused("the systems of the measurement cannot be started: " + failed.getMessage(), failed);
        }
    }

    List<GatewaySystem> all() {
        return List.copyOf(systems);
    }

    private void startAll() throws IOException, InterruptedException {
        GatewaySystem upstream = child(GatewayChild.UPSTREAM, List.of(Integer.toString(LOOPS)));
        systems.add(upstream);
        startNginx(upstream.port());
        systems.add(child(GatewayChild.RELAY, List.of(Integer.toString(LOOPS), Integer.toString(upstream.port()))));
        startPlatform(upstream.port());
    }

    private GatewaySystem child(String which, List<String> arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of(which));
        all.addAll(arguments);
        Process process = new ProcessBuilder(ChildJvm.command(0, List.of(), GatewayChild.class, all))
                .redirectError(folder.resolve(which + ".log").toFile())
                .start();
        processes.add(process);
        String line = firstLine(process.inputReader(StandardCharsets.UTF_8), "port ", which);
        return new GatewaySystem(
                which,
                Integer.parseInt(line.substring(5).strip()),
                List.of(process.pid()),
                Map.of("Authorization", "Bearer " + GatewayChild.KEY));
    }

    private static String firstLine(BufferedReader lines, String beginning, String which) throws IOException {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.contains(beginning)) {
                return line.substring(line.indexOf(beginning));
            }
        }
        throw new StartRefused("the process of " + which + " has ended before it said where it listens");
    }

    private void startNginx(int upstream) throws IOException, InterruptedException {
        int port = freePort();
        Path config = folder.resolve("nginx.conf");
        Files.writeString(
                config, """
                daemon off;
                worker_processes %d;
                pid %s/nginx.pid;
                error_log %s/nginx.log;
                events { worker_connections 4096; }
                http {
                  access_log off;
                  client_body_temp_path %s/body;
                  proxy_temp_path %s/proxy;
                  fastcgi_temp_path %s/fastcgi;
                  uwsgi_temp_path %s/uwsgi;
                  scgi_temp_path %s/scgi;
                  keepalive_requests 10000000;
                  upstream fixed { server 127.0.0.1:%d; keepalive 256; keepalive_requests 10000000; }
                  server {
                    listen 127.0.0.1:%d;
                    location / {
                      proxy_pass http://fixed;
                      proxy_http_version 1.1;
                      proxy_set_header Connection "";
                      proxy_buffering off;
                    }
                  }
                }
                """.formatted(LOOPS, folder, folder, folder, folder, folder, folder, folder, upstream, port));
        Process nginx;
        try {
            nginx = new ProcessBuilder(
                            "nginx",
                            "-c",
                            config.toString(),
                            "-e",
                            folder.resolve("nginx.log").toString())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("nginx.out").toFile())
                    .start();
        } catch (IOException missing) {
            throw new StartRefused(
                    "nginx cannot be run: " + missing.getMessage() + "; Debian has it as package nginx-light", missing);
        }
        processes.add(nginx);
        await(port, nginx, "nginx");
        List<Long> pids = new ArrayList<>(List.of(nginx.pid()));
        nginx.descendants().forEach(worker -> pids.add(worker.pid()));
        systems.add(new GatewaySystem("nginx", port, pids, Map.of()));
    }

    private void startPlatform(int upstream) throws IOException, InterruptedException {
        List<String> command = ChildJvm.platform(
                List.of(),
                List.of("up", "--port", "0", "--data", folder.resolve("data").toString()));
        Process platform = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectError(folder.resolve("pagoda.log").toFile())
                .start();
        processes.add(platform);
        BufferedReader lines = platform.inputReader(StandardCharsets.UTF_8);
        int port = port(firstLine(lines, "ready http://", "the platform"));
        // the last line of a start
        Matcher key = KEY.matcher(firstLine(lines, "pgd-", "the platform"));
        if (!key.find()) {
            throw new StartRefused("the platform did not say its key");
        }
        drain(lines);
        declare(port, key.group(), upstream);
        systems.add(new GatewaySystem(
                "pagoda", port, List.of(platform.pid()), Map.of("Authorization", "Bearer " + key.group())));
    }

    private static int port(String ready) {
        String url = ready.split(" ", -1)[1];
        return URI.create(url).getPort();
    }

    private static void declare(int port, String key, int upstream) throws IOException, InterruptedException {
        String body = new ObjectMapper()
                .writeValueAsString(Map.of(
                        "name",
                        "fixed",
                        "base_url",
                        "http://127.0.0.1:" + upstream + "/v1",
                        "models",
                        Map.of(GatewayFixture.MODEL, GatewayFixture.MODEL)));
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/platform/upstreams/fixed"))
                            .header("Authorization", "Bearer " + key)
                            .timeout(PATIENCE)
                            .PUT(HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new StartRefused("the platform refused the upstream: " + answer.body());
            }
        }
    }

    /// What it goes on to say is read, so that it is never held up.
    private static void drain(BufferedReader lines) {
        Thread.ofVirtual().start(() -> {
            try {
                lines.transferTo(Writer.nullWriter());
            } catch (IOException gone) {
                // it has ended
            }
        });
    }

    private static void await(int port, Process process, String what) throws IOException, InterruptedException {
        BoundedWait.until(
                () -> isListening(port, process, what),
                Duration.ofMillis(50),
                PATIENCE,
                () -> what + " did not listen within " + PATIENCE.toSeconds() + " s");
    }

    private static boolean isListening(int port, Process process, String what) {
        if (!process.isAlive()) {
            throw new StartRefused(what + " has ended with exit code " + process.exitValue());
        }
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() {
        processes.forEach(Process::destroy);
        for (Process process : processes) {
            try {
                process.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            } catch (InterruptedException | ExecutionException | TimeoutException late) {
                process.destroyForcibly();
            }
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException left) {
            System.err.println("pagoda: " + folder + " is left behind: " + left.getMessage());
        }
    }
}
