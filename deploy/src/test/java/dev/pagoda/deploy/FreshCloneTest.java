package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The launcher in a copy of the sources as a clone has them, in a folder with a space in its name, called from another
/// folder.
@Tag("slow")
class FreshCloneTest {
    private static final Path SOURCES = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern READY = Pattern.compile("""
            ready (http://127\\.0\\.0\\.1:\\d+) in (\\d+\\.\\d) s
            console \\1/console
            (?:grpc 127\\.0\\.0\\.1:\\d+
            )?api-key.*
            """);

    private static final long IDLE_RESIDENT_KIB = 400 * 1024;

    @TempDir
    static Path home;

    private static Path pagoda;
    private static Launched firstStart;

    @TempDir
    Path folder;

    @BeforeAll
    static void cloneAndBuild() throws IOException, InterruptedException {
        Path clone = Files.createDirectories(home.resolve("a clone").resolve("pagoda"));
        Process list = new ProcessBuilder("git", "ls-files", "-co", "--exclude-standard")
                .directory(SOURCES.toFile())
                .start();
        for (String name : list.inputReader().lines().toList()) {
            Path target = clone.resolve(name);
            Files.createDirectories(target.getParent());
            Files.copy(SOURCES.resolve(name), target, java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
        }
        assertEquals(0, list.waitFor());
        pagoda = clone.resolve("pagoda");
        firstStart = Launched.run(pagoda, home, Map.of(), "up", "--ephemeral", "--port", "0", "--until-ready");
    }

    @Test
    void buildsAndStarts() {
        assertEquals(0, firstStart.exitCode(), firstStart.err());
        assertEquals("building ... (first time)\n", firstStart.err());
        assertTrue(firstStart.out().startsWith("ready http://127.0.0.1:"), firstStart.out());
    }

    @Test
    void startsWithoutBuildingAgain() throws Exception {
        Launched later = Launched.run(pagoda, folder, Map.of(), "up", "--port", "0", "--until-ready");

        assertEquals("", later.err());
        assertTrue(Pattern.compile("ready .* in .* s").matcher(later.out()).find(), later.out());
    }

    @Test
    void runsInTheBackgroundUntilItIsStopped() throws Exception {
        Launched up = up("--detach");
        assertEquals("", up.err());
        Matcher ready = READY.matcher(up.out());
        assertTrue(ready.matches(), up.out());
        try {
            assertEquals(200, health(ready.group(1)));
            Launched second = up("--detach");
            assertEquals(2, second.exitCode());
            assertTrue(second.err().startsWith("pagoda: another platform runs on the data folder"), second.err());
            assertEquals(1, second.err().lines().count());
            assertTrue(residentKib(pid()) <= IDLE_RESIDENT_KIB, residentKib(pid()) + " KiB");
        } finally {
            Launched stop = stop();
            assertEquals("stopped\n", stop.out());
            assertEquals(0, stop.exitCode(), stop.err());
        }
        assertTrue(Files.readString(folder.resolve("data/pagoda.log")).contains("stopped"));
        assertEquals("no platform runs on " + folder.resolve("data") + "\n", stop().out());
    }

    @Test
    void startsAgainAfterItWasKilled() throws Exception {
        assertEquals(0, up("--detach").exitCode());
        ProcessHandle process = ProcessHandle.of(pid()).orElseThrow();
        assertTrue(process.destroyForcibly());
        process.onExit().get(60, TimeUnit.SECONDS);
        assertEquals("no platform runs on " + folder.resolve("data") + "\n", stop().out());
        assertEquals(0, up("--detach").exitCode());
        assertEquals(0, stop().exitCode());
    }

    @Test
    void endsOnASignalWithOneLine() throws Exception {
        Path out = folder.resolve("out.txt");
        Path err = folder.resolve("err.txt");
        Process process = Launched.start(pagoda, folder, Map.of(), out, err, "up", "--port", "0");
        try {
            await(() -> Files.readString(out).contains("api-key"));
        } finally {
            process.destroy();
        }
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertEquals(128 + 15, process.exitValue());
        // no line about gRPC where its usual port is taken
        List<String> lines = Files.readAllLines(out).stream()
                .filter(line -> !line.startsWith("grpc "))
                .toList();
        assertEquals("stopped", lines.get(3));
        assertEquals(4, lines.size());
        assertEquals("", Files.readString(err));
    }

    @Test
    void leavesNothingBehindWhenEphemeral() throws Exception {
        assertEquals(0, up("--ephemeral", "--detach").exitCode());
        assertEquals(0, stop().exitCode());
        assertFalse(Files.exists(folder.resolve("data")));
    }

    @Test
    void refusesInOneSentenceWhatCannotStart() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            assertEquals(
                    "pagoda: port " + port
                            + " on 127.0.0.1 is taken; choose another with --port, or --port 0 for any free one\n",
                    refusal("--port", port));
        }
        Files.writeString(folder.resolve("my.yaml"), "store:\n  reader: 3\n");
        assertEquals(
                "pagoda: my.yaml line 2: unknown key store.reader, the nearest known key is store.readers\n",
                refusal("--config", "my.yaml"));
        assertEquals("pagoda: there is no configuration file none.yaml\n", refusal("--config", "none.yaml"));
        assertTrue(refusal("--data", "/proc/pagoda").startsWith("pagoda: the data folder /proc/pagoda cannot be made"));
        Files.writeString(
                folder.resolve("pg.yaml"), "store:\n  url: jdbc:postgresql://127.0.0.1:1/x?password=secret\n");
        String noDatabase = refusal("--config", "pg.yaml", "--data", "pg");
        assertTrue(
                noDatabase.startsWith("pagoda: the database jdbc:postgresql://127.0.0.1:1/x cannot be used: "),
                noDatabase);
        assertTrue(refusal("--port", "none").contains("see ./pagoda up --help"));
        assertTrue(refusal("--host", "198.51.100.1").contains("is not one of this machine"));
    }

    @Test
    void examinesTheMachine() throws Exception {
        Launched doctor = Launched.run(pagoda, folder, Map.of(), "doctor", "--json", "--port", "0");
        assertEquals(0, doctor.exitCode(), doctor.out() + doctor.err());
        JsonNode report = new ObjectMapper().readTree(doctor.out());
        assertTrue(report.get("ok").asBoolean());
        assertEquals(
                List.of(
                        "jdk",
                        "port",
                        "disk",
                        "fsync",
                        "memory",
                        "processors",
                        "simd",
                        "chromium",
                        "prometheus",
                        "npm",
                        "g++"),
                report.get("checks").findValuesAsText("name"));
    }

    private Launched up(String... more) throws Exception {
        String[] arguments = new String[more.length + 3];
        arguments[0] = "up";
        arguments[1] = "--port";
        arguments[2] = "0";
        System.arraycopy(more, 0, arguments, 3, more.length);
        return Launched.run(pagoda, folder, Map.of(), arguments);
    }

    private String refusal(String... more) throws Exception {
        Launched refused = up(more);
        assertEquals(2, refused.exitCode(), refused.out() + refused.err());
        assertEquals("", refused.out());
        assertEquals(1, refused.err().lines().count(), refused.err());
        return refused.err();
    }

    private Launched stop() throws Exception {
        return Launched.run(pagoda, folder, Map.of(), "stop");
    }

    private long pid() throws IOException {
        return Long.parseLong(
                Files.readString(folder.resolve("data/pagoda.pid")).split(" ", -1)[0]);
    }

    private static int health(String base) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create(base + "/healthz")).build();
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        }
    }

    private static long residentKib(long pid) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IllegalStateException("no VmRSS of " + pid);
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private static void await(Condition condition) throws IOException, InterruptedException {
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.holds()) {
            if (System.nanoTime() > deadlineNanos) {
                throw new AssertionError("not within a minute");
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }
}
