package dev.pagoda.vectors.collection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Hit;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.VectorValue;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Kills a writing process and looks at what it left.
@Tag("slow")
class CrashTest {
    private static final int WRITERS = 4;
    private static final int BATCH = 5;

    @TempDir
    Path home;

    @Test
    void everyAcknowledgedPointSurvivesKill() throws Exception {
        long seed = System.nanoTime();
        System.out.println("crash test seed " + seed);
        Random random = new Random(seed);
        Map<Integer, Integer> acknowledged = new HashMap<>();
        for (int crash = 0; crash < 5; crash++) {
            writeAndKill(200 + random.nextInt(600), acknowledged);
            try (Catalogue catalogue = Catalogue.open(home, 5)) {
                Collection docs = catalogue.get("acme", "docs");
                for (int writer = 0; writer < WRITERS; writer++) {
                    checkWriter(docs, writer, acknowledged.getOrDefault(writer, -1), "seed " + seed);
                }
            }
        }
        assertEquals(WRITERS, acknowledged.size());
    }

    /// Batches are whole, and none is missing up to the last acknowledged one.
    private static void checkWriter(Collection docs, int writer, int last, String at) {
        for (int batch = 0; batch <= last + 1; batch++) {
            List<PointId> ids = ids(writer, batch);
            List<Hit> found = docs.retrieve(ids, false);
            boolean whole = found.size() == BATCH
                    && found.stream()
                            .allMatch(hit -> Objects.equals(hit.payload().get("writer"), (long) writer));
            assertTrue(
                    whole || (batch > last && found.isEmpty()),
                    at + ": writer " + writer + " batch " + batch + " of " + last + " has " + found.size());
        }
    }

    private void writeAndKill(int lines, Map<Integer, Integer> acknowledged) throws IOException, InterruptedException {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules",
                        "jdk.incubator.vector",
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Writer.class.getName(),
                        home.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            for (int i = 0; i < lines; i++) {
                note(reader.readLine(), acknowledged);
            }
            // by its handle: the process itself would close the pipe with lines that are still in it
            child.toHandle().destroyForcibly();
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.endsWith(".")) {
                    note(line, acknowledged);
                }
            }
        }
        assertTrue(child.waitFor(60, TimeUnit.SECONDS));
        assertEquals(128 + 9, child.exitValue());
    }

    private static void note(String line, Map<Integer, Integer> acknowledged) {
        String[] parts = line.substring(0, line.length() - 1).split(" ", -1);
        acknowledged.merge(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), Math::max);
    }

    private static List<PointId> ids(int writer, int batch) {
        return IntStream.range(0, BATCH)
                .mapToObj(i -> PointId.of((long) writer << 40 | (long) batch * BATCH + i))
                .toList();
    }

    /// The child: writes batches from several threads, checkpoints all the time, prints what is acknowledged.
    static final class Writer {
        public static void main(String[] args) throws Exception {
            Catalogue catalogue = Catalogue.open(Path.of(args[0]), 5);
            if (catalogue.find("acme", "docs").isEmpty()) {
                catalogue.create("acme", "docs", CollectionConfig.of(4, Distance.COSINE));
            }
            Collection docs = catalogue.get("acme", "docs");
            for (int w = 0; w < WRITERS; w++) {
                int writer = w;
                Thread.ofPlatform().start(() -> write(docs, writer));
            }
            while (true) {
                catalogue.maintain(20_000);
            }
        }

        private static void write(Collection docs, int writer) {
            int batch = 0;
            while (!docs.retrieve(ids(writer, batch), false).isEmpty()) {
                batch++;
            }
            for (; ; batch++) {
                List<Point> points = ids(writer, batch).stream()
                        .map(id -> Point.of(id, VectorValue.dense(writer, 1, 2, 3), Map.of("writer", writer)))
                        .toList();
                docs.write(List.of(new Change.Upsert(points, Change.Mode.UPSERT, Filter.EVERYTHING)))
                        .durable()
                        .join();
                synchronized (System.out) {
                    System.out.println(writer + " " + batch + ".");
                    System.out.flush();
                }
            }
        }
    }
}
