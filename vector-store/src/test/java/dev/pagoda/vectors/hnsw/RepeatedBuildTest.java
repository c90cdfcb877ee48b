package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// One thread that makes the same calls gets the same graph and the same scores, however far the JVM has come with
/// compiling.
@Tag("slow")
class RepeatedBuildTest {
    private static final int DIMENSIONS = 100;

    @Test
    void buildsAreTheSameBeforeAndAfterCompiling() throws IOException, InterruptedException {
        List<String> digests = child(1000, 2);
        int builds = digests.size() / 2;
        assertEquals(digests.subList(0, builds), digests.subList(builds, 2 * builds));
    }

    @Test
    void buildsAreTheSameByEitherCompiler() throws IOException, InterruptedException {
        List<String> compiled = child(60, 3);
        int builds = compiled.size() / 3;
        List<String> quicklyCompiled = child(60, 1, "-XX:TieredStopAtLevel=1");
        assertEquals(compiled.subList(2 * builds, 3 * builds), quicklyCompiled);
    }

    private static List<String> child(int rows, int rounds, String... options)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("--add-modules", "jdk.incubator.vector", "-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(Builds.class.getName(), String.valueOf(rows), String.valueOf(rounds)));
        Process child = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String printed = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(child.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, child.exitValue(), printed);
        List<String> digests =
                printed.lines().filter(line -> line.startsWith("digest ")).toList();
        assertTrue(digests.size() >= rounds * Metric.values().length, printed);
        return digests;
    }

    static final class Builds {
        private final ElementType elements;
        private final Random random = new Random(20261123);
        private long digest;

        private Builds(ElementType elements) {
            this.elements = elements;
        }

        public static void main(String[] args) {
            int rows = Integer.parseInt(args[0]);
            int rounds = Integer.parseInt(args[1]);
            for (int round = 0; round < rounds; round++) {
                for (Metric metric : Metric.values()) {
                    for (Layout layout : Layout.values()) {
                        print(ElementType.FLOAT32, layout, metric, rows);
                    }
                    print(ElementType.FLOAT16, Layout.COMPACT, metric, rows);
                    print(ElementType.UINT8, Layout.COMPACT, metric, rows);
                }
            }
        }

        private static void print(ElementType elements, Layout layout, Metric metric, int rows) {
            HnswParameters parameters = new HnswParameters(8, 60, 1);
            HnswIndex index = new HnswIndex(new IndexConfig(DIMENSIONS, metric, elements, layout, parameters));
            long digest = new Builds(elements).of(index, rows);
            System.out.println("digest " + elements + ' ' + layout + ' ' + metric + ' ' + Long.toHexString(digest));
        }

        private long of(HnswIndex index, int rows) {
            for (int node = 0; node < rows; node++) {
                index.put(node, vector());
            }
            // so that a repair has its part in the graph
            for (int node = 0; node < rows; node += 3) {
                index.remove(node);
            }
            index.repair();
            for (int node = 0; node < rows; node += 6) {
                index.put(node, vector());
            }
            Image image = index.image();
            add(image.root());
            add((int) (image.entry() >>> 32));
            add((int) image.entry());
            add(Arrays.hashCode(image.nodes()));
            add(Arrays.deepHashCode(image.lowest()));
            add(Arrays.deepHashCode(image.upper()));
            for (int i = 0; i < 50; i++) {
                SearchResult found = index.search(vector(), 10, 40, i % 3 == 0 ? node -> node % 5 == 0 : null, false);
                add(Arrays.hashCode(found.neighbours().nodes()));
                add(Arrays.hashCode(found.neighbours().scores()));
                add(found.computations());
            }
            return digest;
        }

        private void add(int value) {
            digest = digest * 0x9e3779b97f4a7c15L + value;
        }

        private float[] vector() {
            float[] values = new float[DIMENSIONS];
            for (int i = 0; i < DIMENSIONS; i++) {
                values[i] = elements == ElementType.UINT8 ? random.nextInt(256) : (float) random.nextGaussian();
            }
            return values;
        }
    }
}
