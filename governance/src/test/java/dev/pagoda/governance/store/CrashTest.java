package dev.pagoda.governance.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Kills a writing process without warning and counts what is left.
@Tag("slow")
@Timeout(120)
class CrashTest {
    private static final int WRITERS = 32;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void everyAcknowledgedWriteSurvivesAKill(long seed) throws Exception {
        int acknowledgements = 500 + new Random(seed).nextInt(3_000);
        var printed = killAfter(acknowledgements);

        var vertx = Vertx.vertx();
        try (var store = Store.open(vertx, StoreConfig.defaults(), Optional.of(folder))) {
            store.migrate("storetest");
            var kept = new HashSet<>(StoreContract.get(
                    store.read(handle -> handle.createQuery("SELECT id FROM note WHERE nanos = id * 3")
                            .mapTo(Long.class)
                            .list())));
            var lost = new TreeSet<>(printed);
            lost.removeAll(kept);
            assertEquals(List.of(), List.copyOf(lost), () -> "lost with seed " + seed);
            assertTrue(printed.size() >= acknowledgements, () -> printed.size() + " acknowledged, seed " + seed);
            assertEquals(
                    "ok",
                    StoreContract.get(store.read(handle -> handle.createQuery("PRAGMA integrity_check")
                            .mapTo(String.class)
                            .one())));
        } finally {
            vertx.close();
        }
    }

    private Set<Long> killAfter(int acknowledgements) throws IOException, InterruptedException {
        var child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        var printed = new HashSet<Long>();
        try (var lines = child.inputReader(StandardCharsets.UTF_8)) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                // the kill may cut the last line: only an ended one counts
                if (line.endsWith(";")) {
                    printed.add(Long.valueOf(line.substring(0, line.length() - 1)));
                }
                if (printed.size() == acknowledgements) {
                    // SIGKILL, by the handle because the process would close its output; the rest of that is read on
                    child.toHandle().destroyForcibly();
                }
            }
        } finally {
            child.destroyForcibly();
        }
        assertTrue(child.waitFor(60, TimeUnit.SECONDS));
        return printed;
    }

    /// Writes for ever, many at a time, and prints the id of each acknowledged write.
    static final class Child {
        private static final AtomicLong IDS = new AtomicLong();

        private Child() {}

        public static void main(String[] args) throws InterruptedException {
            var vertx = Vertx.vertx();
            var store = Store.open(vertx, StoreConfig.defaults(), Optional.of(Path.of(args[0])));
            store.migrate("storetest");
            for (int writer = 0; writer < WRITERS; writer++) {
                writeOn(store);
            }
            // until the kill
            Thread.currentThread().join();
        }

        private static void writeOn(Store store) {
            long id = IDS.incrementAndGet();
            store.write(handle -> handle.execute(
                            "INSERT INTO note (id, body, nanos, at_micros) VALUES (?, ?, ?, ?)",
                            id,
                            "x".repeat(200),
                            id * 3,
                            id))
                    .onSuccess(rows -> {
                        System.out.println(id + ";");
                        System.out.flush();
                        writeOn(store);
                    })
                    .onFailure(failure -> {
                        failure.printStackTrace();
                        System.exit(3);
                    });
        }
    }
}
