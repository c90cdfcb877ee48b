package dev.pagoda.deploy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.deploy.StartRefused;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whole measurements of a small set, with a process a system.
class MeasurementTest {
    @TempDir
    Path folder;

    @Test
    @Tag("slow")
    void measuresEverySystemUnderEveryFilter() throws Exception {
        VectorSet set = set();
        List<String> lines = measure(set, List.of("hnswlib", "jvector", "lucene"), 2);
        Plan plan = plan(List.of("hnswlib", "jvector", "lucene"), 2);
        Set<String> expected = new TreeSet<>();
        for (String system : plan.systems()) {
            expected.add("BUILD " + system);
            expected.add("THREADS " + system);
            for (String tag : List.of("all", "f10", "f1")) {
                expected.add("RESULT " + system + " " + tag);
            }
        }
        Set<String> told = new TreeSet<>();
        for (String line : lines) {
            String[] fields = line.split("\t", -1);
            assertEquals("small", fields[2]);
            boolean isResult = fields[0].equals("RESULT");
            told.add(fields[0] + " " + fields[1] + (isResult ? " " + fields[3] : ""));
            if (isResult) {
                assertEquals(7, fields.length);
                if (fields[4].equals("80")) {
                    assertTrue(Double.parseDouble(fields[5]) >= 0.9, line);
                }
                assertTrue(Double.parseDouble(fields[6]) > 0, line);
            }
        }
        assertEquals(expected, told);
    }

    @Test
    @Tag("slow")
    void measuresOursAlone() throws Exception {
        List<String> lines = measure(set(), List.of(), 1);
        assertTrue(lines.getFirst().startsWith("BUILD\tpagoda\tsmall\tthreads="), lines.getFirst());
        assertFalse(lines.stream().anyMatch(line -> line.startsWith("THREADS")));
    }

    @Test
    @Tag("slow")
    void tellsWhyASystemCouldNotStart() {
        Plan plan = new Plan(
                PagodaContender.MODES.subList(0, 1),
                List.of(),
                List.of(10),
                1,
                1,
                1,
                Duration.ZERO,
                1,
                HnswlibDriver.INCLUDE,
                List.of("-XX:+NoSuchFlag"));
        StartRefused refused =
                assertThrows(StartRefused.class, () -> new Measurement(set(), plan, silent(), silent()).run());
        assertTrue(refused.toString().contains("pagoda has ended at load: "), refused::toString);
        assertTrue(refused.toString().contains("NoSuchFlag"), refused::toString);
    }

    @Test
    @Tag("slow")
    void aSystemEndsWhenItsInputDoes() throws Exception {
        Path log = folder.resolve("log");
        Process child = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java",
                        "--add-modules",
                        "jdk.incubator.vector",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ContenderLoop.class.getName(),
                        PagodaContender.NAME,
                        folder.toString(),
                        "1")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        child.getOutputStream().close();
        assertTrue(child.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, child.exitValue(), () -> read(log));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException unreadable) {
            return unreadable.toString();
        }
    }

    private List<String> measure(VectorSet set, List<String> peers, int queryThreads) throws Exception {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        new Measurement(set, plan(peers, queryThreads), new PrintStream(said, true, StandardCharsets.UTF_8), silent())
                .run();
        return said.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private static Plan plan(List<String> peers, int queryThreads) {
        return new Plan(
                PagodaContender.MODES.subList(0, 1),
                peers,
                List.of(10, 80),
                2,
                1,
                queryThreads,
                Duration.ZERO,
                1,
                HnswlibDriver.INCLUDE,
                List.of());
    }

    private VectorSet set() throws InterruptedException {
        Random random = new Random(3);
        float[][] base = rows(500, random);
        new MadeSet("small", Metric.L2, base, rows(30, random)).write(folder, 2);
        return VectorSet.open(folder, "small", Metric.L2);
    }

    private static float[][] rows(int count, Random random) {
        float[][] rows = new float[count][16];
        for (float[] row : rows) {
            for (int d = 0; d < row.length; d++) {
                row[d] = (float) random.nextGaussian();
            }
        }
        return rows;
    }

    private static PrintStream silent() {
        return new PrintStream(OutputStream.nullOutputStream());
    }
}
