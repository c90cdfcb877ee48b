package dev.pagoda.vectors.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.kernel.Kernel.Measure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a kernel gives is the same to the last bit whether it is interpreted or compiled.
class KernelOrderTest {
    private static final int ROUNDS = 1000;

    /// Each takes another way through the remainders.
    private static final int[] LENGTHS = {7, 16, 48, 61, 100, 128, 134};

    @Test
    void sumsOfLanesAreExactWhereNothingIsRounded() {
        for (int i = 0; i < 64; i++) {
            float[] ones = new float[64];
            ones[i] = 1;
            float[] places = new float[64];
            for (int lane = 0; lane < 64; lane++) {
                places[lane] = 1 + lane;
            }
            Kernel kernel = new SimdKernel();
            assertEquals(1 + i, kernel.dot(ones, 0, places, 0, 64));
        }
    }

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(ints = {16, 32, 64})
    void everyShapeAddsInOneOrder(int bytes) throws IOException, InterruptedException {
        String shape = "-XX:MaxVectorSize=" + bytes;
        List<String> compiled = child(ROUNDS, shape);
        List<String> interpreted = child(0, shape, "-Xint");
        List<String> quicklyCompiled = child(20, shape, "-XX:TieredStopAtLevel=1");
        assertEquals(compiled.getFirst(), compiled.getLast());
        assertEquals(compiled.getFirst(), interpreted.getLast());
        assertEquals(compiled.getFirst(), quicklyCompiled.getLast());
    }

    /// What a JVM of its own prints: a digest when it has just started, and another when it has done some rounds.
    private static List<String> child(int rounds, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("--add-modules", "jdk.incubator.vector", "-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(Digest.class.getName(), String.valueOf(rounds)));
        Process child = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String printed = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(child.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, child.exitValue(), printed);
        return printed.lines().filter(line -> line.startsWith("digest ")).toList();
    }

    static final class Digest {
        private final Kernel kernel = new SimdKernel();
        private final Random random = new Random(20261123);
        private long digest;

        public static void main(String[] args) {
            int rounds = Integer.parseInt(args[0]);
            System.out.println("digest " + new Digest().ofAll());
            for (int round = 0; round < rounds; round++) {
                if (new Digest().ofAll().isEmpty()) {
                    throw new IllegalStateException();
                }
            }
            System.out.println("digest " + new Digest().ofAll());
        }

        private String ofAll() {
            StringBuilder digests = new StringBuilder(kernel.name());
            for (int length : LENGTHS) {
                digest = length;
                addFloats(length);
                for (Measure measure : Measure.values()) {
                    addRows(measure, length);
                }
                digests.append(' ').append(Long.toHexString(digest));
            }
            digest = 0;
            addCodes();
            return digests.append(' ').append(Long.toHexString(digest)).toString();
        }

        private void addFloats(int length) {
            float[] a = floats(length);
            float[] b = floats(length);
            add(
                    kernel.dot(a, 0, b, 0, length),
                    kernel.squaredL2(a, 0, b, 0, length),
                    kernel.manhattan(a, 0, b, 0, length));
        }

        private void addRows(Measure measure, int length) {
            float[] query = floats(length);
            int rows = 8;
            int[] nodes = {3, 7, 0, 5, 2, 6, 1};
            float[] out = new float[nodes.length];

            Grid halves = new Grid(length / 32 * 16 + (length % 32 + 1) / 2, 3);
            int[] upper = new int[halves.elements(rows)];
            int[] lower = new int[halves.elements(rows)];
            for (int i = 0; i < upper.length; i++) {
                upper[i] = (Float.floatToRawIntBits(gaussian()) & 0xffff0000)
                        | (Float.floatToRawIntBits(gaussian()) >>> 16);
                lower[i] = random.nextInt();
            }
            for (int count : new int[] {1, 4, nodes.length}) {
                kernel.upper(measure, query, length, new int[][] {upper}, halves, nodes, 0, count, out);
                add(out);
            }
            int offset = halves.offset(2);
            add(kernel.whole(measure, query, length, upper, lower, offset, offset));

            Grid ofBytes = new Grid(length + 8, 3);
            byte[] bytes = new byte[ofBytes.elements(rows)];
            random.nextBytes(bytes);
            for (int row = 0; row < rows; row++) {
                ScalarKernel.FLOATS.set(bytes, ofBytes.offset(row) + length, gaussian());
                ScalarKernel.FLOATS.set(bytes, ofBytes.offset(row) + length + 4, gaussian());
            }
            kernel.bytes(measure, query, length, new byte[][] {bytes}, ofBytes, nodes, 0, nodes.length, out);
            add(out);

            Grid ofShorts = new Grid(length, 3);
            short[] shorts = new short[ofShorts.elements(rows)];
            for (int i = 0; i < shorts.length; i++) {
                shorts[i] = Float.floatToFloat16(gaussian());
            }
            kernel.halfFloats(measure, query, length, new short[][] {shorts}, ofShorts, nodes, 0, nodes.length, out);
            add(out);

            float[] best = new float[16];
            kernel.best(measure, floats(16 * length), 16, length, floats(rows * length), rows, best);
            add(best);
        }

        private void addCodes() {
            int length = 128;
            float[] sums = new float[4];
            int[] bits = new int[length / 16];
            kernel.edge(floats(length), floats(length), 0, length, bits, sums);
            add(sums);

            float[] values = floats(length);
            float[] signs = new float[length];
            for (int i = 0; i < length; i++) {
                signs[i] = random.nextBoolean() ? 1 : -1;
            }
            kernel.rotate(values, signs, 0, length);
            add(values);

            int lines = length / 16;
            byte[] table = new byte[64 * lines];
            kernel.fillTable(values, length, 63f / 64, table);
            int[] block = random.ints(32 + 16 * lines).map(v -> v & 0x3fff3fff).toArray();
            float[] estimates = new float[32];
            kernel.estimate(block, 0, lines, table, gaussian(), gaussian(), gaussian(), 0, estimates, 0);
            add(estimates);
        }

        private void add(float... values) {
            ByteBuffer buffer = ByteBuffer.allocate(4 * values.length);
            for (float value : values) {
                buffer.putFloat(value);
            }
            for (byte b : buffer.array()) {
                digest = digest * 31 + b;
            }
        }

        private float gaussian() {
            return (float) random.nextGaussian();
        }

        private float[] floats(int length) {
            float[] values = new float[length];
            for (int i = 0; i < length; i++) {
                values[i] = gaussian();
            }
            return values;
        }
    }
}
