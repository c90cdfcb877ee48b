package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.kernel.Kernel.Measure;
import dev.pagoda.vectors.quant.HalfRows;
import dev.pagoda.vectors.quant.Rows;
import dev.pagoda.vectors.quant.Sketches;
import dev.pagoda.vectors.quant.SplitRows;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Scans of matches against a sort of all of them in double precision.
class MatchScanTest {
    private static final int ROWS = 700;
    private static final int DIMENSIONS = 24;

    private final Random random = new Random(20251212);
    private final float[][] vectors = new float[ROWS][];
    private final NodeBits live = new NodeBits();

    MatchScanTest() {
        live.reserve(ROWS);
        for (int row = 0; row < ROWS; row++) {
            vectors[row] = vector();
            live.add(row);
        }
    }

    private float[] vector() {
        float[] vector = new float[DIMENSIONS];
        for (int i = 0; i < DIMENSIONS; i++) {
            vector[i] = (float) random.nextGaussian() + 0.5f;
        }
        return vector;
    }

    private Rows filled(Rows rows) {
        rows.reserve(ROWS);
        for (int row = 0; row < ROWS; row++) {
            rows.put(row, vectors[row]);
            rows.get(row, vectors[row]);
        }
        return rows;
    }

    private static double distance(Measure measure, float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = (double) a[i] - b[i];
            sum += switch (measure) {
                case DOT -> -(double) a[i] * b[i];
                case SQUARED_L2 -> difference * difference;
                case MANHATTAN -> Math.abs(difference);
            };
        }
        return sum;
    }

    private int[] nearest(Measure measure, float[] query, IntPredicate matches, int k) {
        return IntStream.range(0, ROWS)
                .filter(matches)
                .boxed()
                .sorted((a, b) ->
                        Double.compare(distance(measure, query, vectors[a]), distance(measure, query, vectors[b])))
                .limit(k)
                .mapToInt(row -> row)
                .toArray();
    }

    private float greatestNorm() {
        double greatest = 0;
        for (float[] vector : vectors) {
            greatest = Math.max(greatest, -distance(Measure.DOT, vector, vector));
        }
        return (float) Math.sqrt(greatest);
    }

    private static int[] nodes(MatchScan scan) {
        return Arrays.stream(scan.best()).mapToInt(ScoredNodes::node).toArray();
    }

    @ParameterizedTest
    @EnumSource
    void withoutSketchesEveryMatchIsCompared(Measure measure) {
        for (Rows rows : new Rows[] {filled(new HalfRows(DIMENSIONS)), filled(new SplitRows(DIMENSIONS))}) {
            for (int share : new int[] {1, 2, 11, 70, 350, 701}) {
                for (int k : new int[] {1, 10, 70}) {
                    float[] query = vector();
                    IntPredicate matches = node -> node % share == share - 1;
                    MatchScan scan = new MatchScan(rows, measure, query, null, 1, k, greatestNorm());
                    scan.run(NodeSet.of(ROWS, matches), live, ROWS);
                    assertArrayEquals(nearest(measure, query, matches, k), nodes(scan), measure + " " + share);
                    assertEquals(ROWS / share, scan.computations());
                    assertEquals(0, scan.estimated());
                }
            }
        }
    }

    @Test
    void whatIsRemovedOrBeyondTheEndIsLeftOut() {
        Rows rows = filled(new SplitRows(DIMENSIONS));
        for (int node = 0; node < ROWS; node += 2) {
            live.remove(node);
        }
        for (int end : new int[] {0, 1, 2, 63, 64, 65, 100, 699, 700, 5000}) {
            float[] query = vector();
            MatchScan scan = new MatchScan(rows, Measure.SQUARED_L2, query, null, 1, 10, 1);
            scan.run(NodeSet.of(5000, _ -> true), live, end);
            int[] expected = nearest(Measure.SQUARED_L2, query, node -> node % 2 == 1 && node < end, 10);
            assertArrayEquals(expected, nodes(scan), "end " + end);
            assertEquals(Math.min(ROWS, end) / 2, scan.computations());
        }
        MatchScan none = new MatchScan(rows, Measure.SQUARED_L2, vector(), null, 1, 10, 1);
        none.run(NodeSet.of(), live, ROWS);
        assertEquals(0, none.best().length);
        assertEquals(0, none.computations());
    }

    /// Whoever does the parts: without sketches all that match are compared, and with them as good as none is lost.
    @ParameterizedTest
    @EnumSource
    void partsFindTogetherWhatOneScanFinds(Measure measure) {
        for (Rows rows : new Rows[] {filled(new HalfRows(DIMENSIONS)), filled(new SplitRows(DIMENSIONS))}) {
            for (int parts : new int[] {1, 2, 3, 11, 64}) {
                for (int end : new int[] {0, 1, 65, 700}) {
                    float[] query = vector();
                    IntPredicate matches = node -> node % 3 != 1;
                    MatchScan scan = new MatchScan(rows, measure, query, null, 1, 10, greatestNorm());
                    scan.run(NodeSet.of(ROWS, matches), live, end, parts, () -> 1);
                    int[] expected = nearest(measure, query, node -> matches.test(node) && node < end, 10);
                    assertArrayEquals(expected, nodes(scan), measure + ", parts " + parts + ", end " + end);
                    long all = IntStream.range(0, end).filter(matches).count();
                    assertTrue(scan.computations() >= all && scan.computations() <= 2 * all);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"DOT", "SQUARED_L2"})
    void whoHelpsWithPartsMakesNoDifference(Measure measure) {
        for (int node = 1; node < ROWS; node += 5) {
            live.remove(node);
        }
        for (int row = 0; row < 30; row++) {
            vectors[690 - 7 * row] = vectors[row].clone();
        }
        Rows rows = filled(new SplitRows(DIMENSIONS));
        Sketches sketches = new Sketches(DIMENSIONS, 1, measure == Measure.DOT);
        sketches.reserve(ROWS);
        for (int row = 0; row < ROWS; row++) {
            sketches.put(row, vectors[row]);
        }
        int right = 0;
        for (int i = 0; i < 20; i++) {
            float[] query = vector();
            int[][] found = new int[2][];
            for (int busy = 0; busy < 2; busy++) {
                int searching = busy == 0 ? 1 : 1_000;
                MatchScan scan = new MatchScan(rows, measure, query, sketches.query(query, 3), 1, 10, greatestNorm());
                scan.run(NodeSet.of(ROWS, _ -> true), live, ROWS, 5, () -> searching);
                found[busy] = nodes(scan);
            }
            assertArrayEquals(found[0], found[1]);
            for (int node : nearest(measure, query, node -> node % 5 != 1, 10)) {
                right += IntStream.of(found[0]).anyMatch(other -> other == node) ? 1 : 0;
            }
            assertEquals(10, IntStream.of(found[0]).distinct().count());
        }
        assertTrue(right >= 198, "right " + right + " of 200");
    }

    @Test
    void ofEqualMatchesTheLowerIsBetter() {
        float[] same = vector();
        for (int row = 0; row < ROWS; row++) {
            vectors[row] = same.clone();
        }
        Rows rows = filled(new SplitRows(DIMENSIONS));
        MatchScan scan = new MatchScan(rows, Measure.SQUARED_L2, vector(), null, 1, 3, 1);
        scan.run(NodeSet.of(ROWS, node -> node >= 5), live, ROWS);
        assertArrayEquals(new int[] {5, 6, 7}, nodes(scan));
        MatchScan parted = new MatchScan(rows, Measure.SQUARED_L2, vector(), null, 1, 3, 1);
        parted.run(NodeSet.of(ROWS, node -> node >= 5), live, ROWS, 4, () -> 1);
        assertArrayEquals(new int[] {5, 6, 7}, nodes(parted));
    }

    @Test
    void whatOverflowsIsRankedLast() {
        for (int row = 0; row < ROWS; row++) {
            vectors[row][0] = row % 100 == 3 ? row : 3e38f;
        }
        Rows rows = filled(new SplitRows(DIMENSIONS));
        for (Measure measure : new Measure[] {Measure.SQUARED_L2, Measure.MANHATTAN}) {
            float[] query = new float[DIMENSIONS];
            query[0] = -3e38f;
            MatchScan scan = new MatchScan(rows, measure, query, null, 1, 10, 1);
            scan.run(NodeSet.of(ROWS, _ -> true), live, ROWS);
            assertEquals(10, nodes(scan).length);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"DOT", "SQUARED_L2"})
    void sketchesSpareMostComparisonsAndLoseNothing(Measure measure) {
        Rows rows = filled(new SplitRows(DIMENSIONS));
        Sketches sketches = new Sketches(DIMENSIONS, 1, measure == Measure.DOT);
        sketches.reserve(ROWS);
        for (int row = 0; row < ROWS; row++) {
            sketches.put(row, vectors[row]);
        }
        int right = 0;
        int computations = 0;
        for (int i = 0; i < 20; i++) {
            float[] query = vector();
            int share = 1 + i % 2;
            IntPredicate matches = node -> node % share == 0;
            MatchScan scan = new MatchScan(rows, measure, query, sketches.query(query, 3), 1, 10, greatestNorm());
            scan.run(NodeSet.of(ROWS, matches), live, ROWS);
            int[] found = nodes(scan);
            assertEquals(10, found.length);
            assertEquals(10, IntStream.of(found).distinct().count());
            int[] expected = nearest(measure, query, matches, 10);
            for (int node : expected) {
                right += IntStream.of(found).anyMatch(other -> other == node) ? 1 : 0;
            }
            // until ten are found nothing is left out
            int unestimated = ROWS / share - scan.estimated();
            assertTrue(unestimated >= 10 && unestimated <= 96, "not estimated " + unestimated);
            assertTrue(scan.computations() >= unestimated, "computed " + scan.computations());
            computations += scan.computations();
        }
        assertTrue(right >= 198, "right " + right + " of 200");
        assertTrue(computations < 20 * 260, "computed " + computations / 20.0);
    }

    /// Where many match the others are bounded with them, and these are nearer to the query here. Where few match,
    /// nothing is bounded.
    @ParameterizedTest
    @EnumSource(names = {"DOT", "SQUARED_L2"})
    void ofWhatIsBoundedBesideMatchesNothingIsFound(Measure measure) {
        int count = 9_000;
        Rows rows = new SplitRows(DIMENSIONS);
        Sketches sketches = new Sketches(DIMENSIONS, 1, measure == Measure.DOT);
        NodeBits alive = new NodeBits();
        rows.reserve(count);
        sketches.reserve(count);
        alive.reserve(count);
        float[][] all = new float[count][];
        for (int row = 0; row < count; row++) {
            all[row] = vector();
            rows.put(row, all[row]);
            sketches.put(row, all[row]);
            if (row % 11 != 0) {
                alive.add(row);
            }
        }
        int end = count - 70;
        int right = 0;
        for (int i = 0; i < 20; i++) {
            float[] query = vector();
            double[] sorted = Arrays.stream(all)
                    .mapToDouble(row -> distance(measure, query, row))
                    .sorted()
                    .toArray();
            double middle = sorted[count / 2];
            // about half of the first 6,000, and few of the others
            IntPredicate matches =
                    node -> distance(measure, query, all[node]) > middle && (node < 6_000 || node % 10 == 0);
            NodeSet set = NodeSet.of(count, matches);
            int[] expected = IntStream.range(0, end)
                    .filter(node -> node % 11 != 0 && set.test(node))
                    .boxed()
                    .sorted((a, b) ->
                            Double.compare(distance(measure, query, all[a]), distance(measure, query, all[b])))
                    .mapToInt(node -> node)
                    .toArray();
            for (int parts : new int[] {1, 3}) {
                MatchScan scan = new MatchScan(rows, measure, query, sketches.query(query, 3), 8, 10, 30);
                scan.run(set, alive, end, parts, () -> 1_000);
                int[] found = nodes(scan);
                for (int node : found) {
                    assertTrue(node % 11 != 0 && node < end && set.test(node), "node " + node);
                }
                right += (int) IntStream.of(found)
                        .filter(node -> IntStream.of(expected).limit(10).anyMatch(other -> other == node))
                        .count();
                long dense = IntStream.of(expected).filter(node -> node < 6_000).count();
                assertTrue(scan.estimated() > dense - parts * 200L, dense + ", estimated " + scan.estimated());
                assertTrue(scan.estimated() <= dense + 300, dense + ", estimated " + scan.estimated());
                assertTrue(scan.computations() < expected.length * 3 / 4, "computed " + scan.computations());
            }
        }
        assertTrue(right >= 396, "right " + right + " of 400");
    }
}
