package dev.pagoda.deploy.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.deploy.StartRefused;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MadeSetTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"L2,1", "L2,10", "IP,1", "IP,100"})
    void exactNeighboursAreThoseOfSortingAllRows(Metric metric, int modulus) throws InterruptedException {
        MadeSet set = ClusteredSet.make(1_000, 7, 3);
        int[][] found = new GroundTruth(set.base(), set.queries(), metric).nearest(100, modulus, 2);
        for (int q = 0; q < 7; q++) {
            float[] query = set.queries()[q];
            int[] sorted = IntStream.range(0, 1_000)
                    .filter(id -> modulus == 1 || id % modulus == 3)
                    .boxed()
                    .sorted(Comparator.comparingDouble(id -> cost(metric, query, set.base()[id])))
                    .mapToInt(Integer::intValue)
                    .limit(100)
                    .toArray();
            assertArrayEquals(sorted, found[q], "query " + q);
        }
    }

    private static double cost(Metric metric, float[] a, float[] b) {
        return IntStream.range(0, a.length)
                .mapToDouble(d -> switch (metric) {
                    case L2 -> Math.pow((double) a[d] - b[d], 2);
                    case IP -> -(double) a[d] * b[d];
                })
                .sum();
    }

    @Test
    void sameSeedMakesTheSameClusters() {
        MadeSet set = ClusteredSet.make(500, 5, 3);
        assertTrue(Arrays.deepEquals(set.base(), ClusteredSet.make(500, 5, 3).base()));
        assertFalse(Arrays.deepEquals(set.base(), ClusteredSet.make(500, 5, 4).base()));
    }

    @Test
    void aSetHasTheDimensionsAskedFor() {
        assertEquals(384, ClusteredSet.make(100, 384, 5, 3).base()[99].length);
        assertEquals(384, ClusteredSet.make(100, 384, 5, 3).queries()[4].length);
    }

    @Test
    void queriesHeldOutAreNotInTheBase() {
        List<float[]> rows = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            rows.add(new float[] {i});
        }
        MadeSet set = MadeSet.holdingOut("a", Metric.IP, rows, 10, 1);
        Set<Float> all = new HashSet<>();
        for (float[] row : set.base()) {
            all.add(row[0]);
        }
        assertEquals(40, all.size());
        for (float[] row : set.queries()) {
            assertTrue(all.add(row[0]), "query " + row[0] + " is in the base or twice");
        }
    }

    @Test
    void writesTheFilesOfASet() throws InterruptedException {
        maker(300).make(List.of("clustered"), silent());
        assertEquals(300, VectorFile.readFloats(folder.resolve("clustered_base.fvecs")).length);
        assertEquals(20, VectorFile.readFloats(folder.resolve("clustered_query.fvecs")).length);
        assertEquals(100, VectorFile.readInts(folder.resolve("clustered_gt.ivecs"))[0].length);
        assertEquals(10, VectorFile.readInts(folder.resolve("clustered_gt_f10.ivecs"))[0].length);
        assertEquals(3, VectorFile.readInts(folder.resolve("clustered_gt_f1.ivecs"))[0].length);
        assertEquals(5, folder.toFile().list().length);
    }

    @Test
    void refusesASetThatNobodyMakes() {
        String said = assertThrows(StartRefused.class, () -> maker(300).make(List.of("sift"), silent()))
                .getMessage();
        assertEquals("there is no set 'sift' to make; there are glove, clustered, sentences", said);
        assertThrows(StartRefused.class, () -> maker(99));
        assertThrows(StartRefused.class, () -> new DataMaker(folder, OptionalInt.empty(), 4097, 20, 1, folder, 2));
    }

    @Test
    void readsTheWordsOfAnEmbeddingPackageByTheirRank() throws IOException {
        Path file = folder.resolve("words.json");
        Files.writeString(
                file,
                "{\"dimensions\":100,\"words\":[\"b\",\"a\"],\"vectors\":{\"a\":" + row(2, 1) + ",\"b\":" + row(3, 0)
                        + ",\"c\":" + row(1, 2) + "},\"unkVector\":[0]}");
        List<float[]> rows = GloveSet.read(file, 2);
        assertEquals(2, rows.size());
        assertEquals(1, rows.get(0)[0]);
        assertThrows(StartRefused.class, () -> GloveSet.read(file, 4));
    }

    private static String row(int first, int rank) {
        return "[" + first + ",0".repeat(99) + "," + first + "," + rank + "]";
    }

    @Test
    void takesEverySentenceOnce() throws IOException {
        Path set = Files.createDirectory(folder.resolve("set"));
        Files.writeString(
                set.resolve("corpus.jsonl"),
                "{\"_id\":\"1\",\"title\":\"A_title\",\"text\":\"One thing. Another thing! One thing.\"}\n");
        Files.writeString(set.resolve("queries.jsonl"), "{\"_id\":\"q\",\"text\":\"Which thing?\"}\n");
        Files.writeString(set.resolve("qrels.tsv"), "q\t1\t1\n");
        assertEquals(
                List.of("A title", "One thing.", "Another thing!", "Which thing?"),
                List.copyOf(SentenceSet.sentences(folder)));
    }

    @Test
    void keepsAVectorOnce() {
        List<float[]> kept = SentenceSet.unlike(List.of(new float[] {1, 2}, new float[] {2, 1}, new float[] {1, 2}));
        assertEquals(2, kept.size());
        assertArrayEquals(new float[] {2, 1}, kept.get(1));
    }

    /// The set `clustered` with 20 queries in a folder.
    static void write(Path folder, int rows) {
        try {
            ClusteredSet.make(rows, 20, 1).write(folder, 2);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(stopped);
        }
    }

    private DataMaker maker(int size) {
        return new DataMaker(folder, OptionalInt.of(size), 128, 20, 1, folder, 2);
    }

    private static PrintStream silent() {
        return new PrintStream(OutputStream.nullOutputStream());
    }
}
