package dev.pagoda.deploy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.deploy.StartRefused;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VectorSetTest {
    @TempDir
    Path folder;

    @BeforeEach
    void write() {
        VectorFile.writeFloats(folder.resolve("a_base.fvecs"), new float[20][3]);
        VectorFile.writeFloats(folder.resolve("a_query.fvecs"), new float[2][3]);
        VectorFile.writeInts(folder.resolve("a_gt.ivecs"), new int[][] {ids(0, 12), ids(5, 17)});
    }

    private static int[] ids(int from, int to) {
        return IntStream.range(from, to).toArray();
    }

    @Test
    void recallIsTheShareOfTheTenNearestThatWereFound() {
        VectorSet set = open();
        int[] found = new int[20];
        Arrays.fill(found, -1);
        assertEquals(0, set.recall(ResultTag.ALL, found));
        System.arraycopy(ids(0, 10), 0, found, 0, 10);
        assertEquals(0.5, set.recall(ResultTag.ALL, found));
        // the eleventh nearest does not count
        found[10] = 15;
        found[11] = 14;
        assertEquals(0.55, set.recall(ResultTag.ALL, found));
    }

    @Test
    void anIdFoundTwiceCountsOnce() {
        int[] found = new int[20];
        Arrays.fill(found, 7);
        assertEquals(2 / 20.0, open().recall(ResultTag.ALL, found));
    }

    @Test
    void fewerThanTenExactNeighboursAreAllThatIsWanted() {
        VectorFile.writeInts(folder.resolve("a_gt_f10.ivecs"), new int[][] {{3, 13}, {13, 3}});
        int[] found = new int[20];
        Arrays.fill(found, -1);
        found[0] = 13;
        found[1] = 3;
        assertEquals(0.5, open().recall(ResultTag.TENTH, found));
    }

    @Test
    void readsTheTruthsThatAreThere() {
        assertEquals(List.of(ResultTag.ALL), List.copyOf(open().truths().keySet()));
        VectorFile.writeInts(folder.resolve("a_gt_f10.ivecs"), new int[][] {{3}, {13}});
        assertEquals(
                List.of(ResultTag.ALL, ResultTag.TENTH),
                List.copyOf(open().truths().keySet()));
        assertEquals(20, open().rows());
    }

    @Test
    void refusesFilesThatDoNotFitEachOther() {
        assertRefused(Map.of("a_gt.ivecs", new int[][] {{1}}), "answers 1 queries and there are 2");
        assertRefused(Map.of("a_gt.ivecs", new int[][] {{1}, {20}}), "names the row 20, which is none of 20 under all");
        assertRefused(
                Map.of("a_gt.ivecs", new int[][] {{1}, {2}}, "a_gt_f10.ivecs", new int[][] {{3}, {4}}),
                "names the row 4, which is none of 20 under f10");
        VectorFile.writeFloats(folder.resolve("a_query.fvecs"), new float[2][4]);
        assertRefused(Map.of(), "has rows of 4 values and");
    }

    @Test
    void refusesASetThatIsMissing() {
        StartRefused refused = assertThrows(StartRefused.class, () -> VectorSet.open(folder, "b", Metric.L2));
        assertTrue(refused.toString().contains("there is no file " + folder.resolve("b_base.fvecs")));
    }

    private void assertRefused(Map<String, int[][]> truths, String why) {
        truths.forEach((file, rows) -> VectorFile.writeInts(folder.resolve(file), rows));
        StartRefused refused = assertThrows(StartRefused.class, this::open);
        assertTrue(refused.toString().contains(why), refused::toString);
    }

    private VectorSet open() {
        return VectorSet.open(folder, "a", Metric.L2);
    }
}
