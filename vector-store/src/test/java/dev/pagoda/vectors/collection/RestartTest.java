package dev.pagoda.vectors.collection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Hit;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.VectorValue;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How long a killed store takes to serve again, and what it takes of memory, each in a process of its own.
///
/// `-Dpagoda.restart.points=100000` and `-Dpagoda.restart.collections=2000` for the sizes that the bars are
/// about.
@Tag("slow")
class RestartTest {
    private static final int POINTS = Integer.getInteger("pagoda.restart.points", 20_000);
    private static final int TAIL = POINTS * 2 / 5;
    private static final int COLLECTIONS = Integer.getInteger("pagoda.restart.collections", 300);
    private static final int DIMENSIONS = Integer.getInteger("pagoda.restart.dimensions", 384);

    @TempDir
    Path home;

    @Test
    void servesSoonAfterAKillWithALongLog() throws Exception {
        assertEquals("killed", child("fill", 137).getLast());
        List<String> lines = child("serve", 0);
        System.out.println(lines);
        assertTrue(lines.contains("all found"), lines::toString);
    }

    @Test
    void manySmallCollectionsTakeLittle() throws Exception {
        assertEquals("killed", child("many", 137).getLast());
        List<String> lines = child("reopen", 0);
        System.out.println(lines);
        assertTrue(lines.contains("all found"), lines::toString);
        long vectors = 100L * COLLECTIONS * DIMENSIONS * Float.BYTES;
        assertTrue(number(lines, "heap MB after GC ") * 1_000_000 < 1.5 * vectors + 30_000_000, lines::toString);
        assertTrue(number(lines, "VmRSS:") < 1_000_000, lines::toString);
    }

    /// The number that is told behind some words.
    private static long number(List<String> lines, String words) {
        return lines.stream()
                .filter(line -> line.startsWith(words))
                .map(line -> line.substring(words.length()).replaceAll("[^0-9]", ""))
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElseThrow();
    }

    private List<String> child(String task, int exit) throws IOException, InterruptedException {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules",
                        "jdk.incubator.vector",
                        // as the launcher starts the platform
                        "-XX:+UseSerialGC",
                        "-XX:+UseCompactObjectHeaders",
                        "-Xms64m",
                        "-Xmx2g",
                        "-Dpagoda.restart.points=" + POINTS,
                        "-Dpagoda.restart.collections=" + COLLECTIONS,
                        "-Dpagoda.restart.dimensions=" + DIMENSIONS,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName(),
                        task,
                        home.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<String> lines = new ArrayList<>();
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
                if (line.equals("killed")) {
                    child.toHandle().destroyForcibly();
                }
            }
        }
        assertTrue(child.waitFor(60, TimeUnit.SECONDS));
        assertEquals(exit, child.exitValue(), lines::toString);
        return lines;
    }

    static final class Child {
        public static void main(String[] args) throws Exception {
            long start = System.nanoTime();
            Path home = Path.of(args[1]);
            switch (args[0]) {
                case "fill" -> fill(home);
                case "serve" -> serve(home, start);
                case "many" -> many(home);
                default -> reopen(home, start);
            }
        }

        private static void fill(Path home) throws Exception {
            Catalogue catalogue = Catalogue.open(home, 10);
            catalogue.create("acme", "docs", CollectionConfig.of(DIMENSIONS, Distance.COSINE));
            write(catalogue.get("acme", "docs"), 0, POINTS - TAIL);
            catalogue.checkpoint();
            write(catalogue.get("acme", "docs"), POINTS - TAIL, POINTS);
            System.out.println("log " + catalogue.journalBytes());
            System.out.println("killed");
            while (true) {
                Thread.onSpinWait();
            }
        }

        private static void write(Collection docs, int from, int to) {
            for (int id = from; id < to; ) {
                List<Point> points = new ArrayList<>();
                for (int i = 0; i < 200 && id < to; i++, id++) {
                    points.add(Point.of(PointId.of(id), vector(id), Map.of("n", (long) id)));
                }
                docs.write(List.of(new Change.Upsert(points, Change.Mode.UPSERT, Filter.EVERYTHING)))
                        .durable()
                        .join();
            }
        }

        private static VectorValue vector(int id) {
            Random random = new Random(id);
            float[] values = new float[DIMENSIONS];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            return new VectorValue.Dense(values);
        }

        private static void serve(Path home, long start) throws Exception {
            try (Catalogue catalogue = Catalogue.open(home, 10)) {
                Collection docs = catalogue.get("acme", "docs");
                System.out.println("open ms " + millis(start));
                boolean all = docs.points() == POINTS;
                for (int id = POINTS - 1; id >= 0; id -= POINTS / 50) {
                    long asked = System.nanoTime();
                    List<Hit> hits = docs.query(Query.nearest("", vector(id), Filter.EVERYTHING, 10), false);
                    all &= hits.size() == 10 && hits.getFirst().id().equals(PointId.of(id));
                    if (id == POINTS - 1) {
                        System.out.println("first search us " + (System.nanoTime() - asked) / 1_000 + ", serving ms "
                                + millis(start));
                    }
                }
                System.out.println("50 searches done ms " + millis(start));
                System.out.println(all ? "all found" : "some lost");
                boolean isRead = false;
                while (!isRead) {
                    isRead = catalogue.awaitLinks(1);
                }
                System.out.println("linked ms " + millis(start));
                rss();
            }
        }

        private static void many(Path home) throws Exception {
            Catalogue catalogue = Catalogue.open(home, 1_000_000);
            for (int i = 0; i < COLLECTIONS; i++) {
                catalogue.create("acme", "c" + i, CollectionConfig.of(DIMENSIONS, Distance.COSINE));
                write(catalogue.get("acme", "c" + i), 0, 100);
                if (i == COLLECTIONS / 2) {
                    long before = System.nanoTime();
                    catalogue.checkpoint();
                    System.out.println("checkpoint ms " + millis(before));
                }
            }
            rss();
            System.out.println("killed");
            while (true) {
                Thread.onSpinWait();
            }
        }

        private static void reopen(Path home, long start) throws Exception {
            try (Catalogue catalogue = Catalogue.open(home, 1_000_000)) {
                System.out.println("open ms " + millis(start));
                boolean all = catalogue.list().size() == COLLECTIONS;
                for (Collection collection : catalogue.list()) {
                    List<Hit> hits = collection.query(Query.nearest("", vector(7), Filter.EVERYTHING, 1), false);
                    all &= collection.points() == 100 && hits.getFirst().id().equals(PointId.of(7));
                }
                System.out.println("searched ms " + millis(start));
                System.out.println("threads " + Thread.activeCount());
                rss();
                System.gc();
                System.out.println("heap MB after GC "
                        + (Runtime.getRuntime().totalMemory()
                                        - Runtime.getRuntime().freeMemory())
                                / 1_000_000);
                System.out.println(all ? "all found" : "some lost");
            }
        }

        /// Wall clock since, and time on processors since the process began: on a busy machine they differ
        /// much.
        private static String millis(long since) {
            long cpu = ProcessHandle.current()
                    .info()
                    .totalCpuDuration()
                    .map(Duration::toMillis)
                    .orElse(-1L);
            return (System.nanoTime() - since) / 1_000_000 + " (cpu " + cpu + ")";
        }

        private static void rss() throws IOException {
            Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("vmrss"))
                    .forEach(System.out::println);
        }
    }
}
