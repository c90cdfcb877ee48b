package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.quant.EdgeCodes;
import dev.pagoda.vectors.quant.FlatCodes;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CodeScanTest {
    private static final int DIMENSIONS = 96;
    private static final int ROWS = 1203;

    private final Random random = new Random(20251123);
    private final float[][] vectors = new float[ROWS][];
    private final NodeBits nodes = new NodeBits();

    private FlatCodes filled(EdgeCodes codes, boolean dot) {
        FlatCodes flat = new FlatCodes(codes, dot);
        flat.reserve(300);
        nodes.reserve(ROWS);
        for (int row = 0; row < ROWS; row++) {
            if (row == 300) {
                flat.reserve(ROWS);
            }
            vectors[row] = random(5);
            assertEquals(row >= 256, flat.isReady(), "row " + row);
            flat.put(row, vectors[row]);
            nodes.add(row);
        }
        return flat;
    }

    /// Far from the origin, so that a centre is worth something.
    private float[] random(float offset) {
        float[] vector = new float[DIMENSIONS];
        for (int i = 0; i < DIMENSIONS; i++) {
            vector[i] = offset + (float) random.nextGaussian();
        }
        return vector;
    }

    private static EdgeCodes.Query query(EdgeCodes codes, float[] vector) {
        EdgeCodes.Query query = codes.new Query();
        System.arraycopy(vector, 0, query.rotated, 0, DIMENSIONS);
        codes.rotate(query.rotated);
        codes.prepare(query);
        return query;
    }

    private double distance(boolean dot, float[] query, int row) {
        double sum = 0;
        for (int i = 0; i < DIMENSIONS; i++) {
            double difference = query[i] - vectors[row][i];
            sum += dot ? -query[i] * (double) vectors[row][i] : difference * difference;
        }
        return sum;
    }

    private Set<Integer> nearest(boolean dot, float[] query, int count) {
        return IntStream.range(0, ROWS)
                .filter(nodes::has)
                .boxed()
                .sorted(Comparator.comparingDouble(row -> distance(dot, query, row)))
                .limit(count)
                .collect(Collectors.toSet());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void keepsWhatIsNearestByTheCodes(boolean dot) {
        EdgeCodes codes = new EdgeCodes(DIMENSIONS, 3, dot);
        FlatCodes flat = filled(codes, dot);
        for (int row = 0; row < ROWS; row += 3) {
            nodes.remove(row);
        }
        double found = 0;
        for (int i = 0; i < 20; i++) {
            float[] vector = random(dot ? 0 : 5);
            for (int wanted : new int[] {1, 40, 100, 2000}) {
                CodeScan scan = new CodeScan(wanted);
                scan.run(flat, query(codes, vector), nodes, 1100);
                int[] kept = scan.nodes();
                assertEquals(Math.min(wanted, 733), kept.length);
                assertEquals(kept.length, Arrays.stream(kept).distinct().count());
                assertTrue(Arrays.stream(kept).allMatch(node -> node % 3 != 0 && node < 1100));
            }
            CodeScan scan = new CodeScan(100);
            scan.run(flat, query(codes, vector), nodes, ROWS);
            Set<Integer> kept = Arrays.stream(scan.nodes()).boxed().collect(Collectors.toSet());
            Set<Integer> best = nearest(dot, vector, 10);
            best.retainAll(kept);
            found += best.size() / 200.0;
        }
        assertTrue(found >= 0.9, "found " + found);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void keepsTheLeastEstimatesWhateverTheirOrder(boolean dot) {
        EdgeCodes codes = new EdgeCodes(DIMENSIONS, 3, dot);
        FlatCodes flat = filled(codes, dot);
        EdgeCodes.Query query = query(codes, random(5));
        float[] estimates = new float[ROWS + EdgeCodes.SLOTS];
        for (int block = 0; block * EdgeCodes.SLOTS < ROWS; block++) {
            float[] of = new float[EdgeCodes.SLOTS];
            flat.estimate(block, query, Float.POSITIVE_INFINITY, of);
            System.arraycopy(of, 0, estimates, block * EdgeCodes.SLOTS, EdgeCodes.SLOTS);
        }
        // of rows that were never put
        assertFalse(IntStream.range(ROWS, estimates.length - EdgeCodes.SLOTS)
                .anyMatch(i -> estimates[i] < Float.MAX_VALUE));
        int[] order = IntStream.range(0, ROWS)
                .boxed()
                .sorted(Comparator.comparingDouble(row -> estimates[row]))
                .mapToInt(row -> row)
                .toArray();
        for (int wanted = 1; wanted < 600; wanted = wanted * 2 + 1) {
            CodeScan scan = new CodeScan(wanted);
            scan.run(flat, query, nodes, ROWS);
            float last = estimates[order[wanted - 1]];
            assertEquals(wanted, scan.nodes().length);
            assertTrue(Arrays.stream(scan.nodes()).allMatch(node -> estimates[node] <= last), "" + wanted);
        }
    }
}
