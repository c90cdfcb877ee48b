package dev.pagoda.deploy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.deploy.bench.Judge.Verdict;
import dev.pagoda.deploy.bench.SearchLoop.Sample;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class JudgeTest {
    /// Row `i` is at `i`, the one query at 0: the nearest rows are 0, 1, 2 ...
    private static final LiveData LINE = new LiveData(
            "line",
            Metric.L2,
            IntStream.range(0, 40).mapToObj(i -> new float[] {i}).toArray(float[][]::new),
            new float[][] {{0}},
            new int[][] {IntStream.range(0, 30).toArray()});

    private final Judge judge = new Judge(LINE);

    private Verdict ofLoad(int done, int begun, int... found) throws InterruptedException {
        return judge.ofLoad(List.of(new Sample(0, 0, done, begun, found)), 1, 2)[0];
    }

    @Test
    void theNearestOfTheRowsThatWereThereAreAllThatIsWanted() throws InterruptedException {
        assertEquals(1, ofLoad(15, 15, range(0, 10)).recall());
        assertEquals(1, ofLoad(4, 4, range(0, 4)).recall());
    }

    @Test
    void aRowThatWasThereAndIsNotFoundCounts() throws InterruptedException {
        assertEquals(0.9, ofLoad(15, 15, 0, 1, 2, 3, 4, 5, 6, 7, 8, 11).recall());
        assertEquals(0.75, ofLoad(4, 4, 0, 1, 3).recall());
        assertEquals(0, ofLoad(4, 4).recall());
    }

    @Test
    void aNewerRowThatIsNearTakesThePlaceOfAnOlderOne() throws InterruptedException {
        LiveData falling = new LiveData(
                "falling",
                Metric.L2,
                IntStream.range(0, 40).mapToObj(i -> new float[] {40 - i}).toArray(float[][]::new),
                LINE.queries(),
                LINE.truth());
        Sample sample = new Sample(0, 0, 20, 21, IntStream.rangeClosed(11, 20).toArray());
        assertEquals(1, new Judge(falling).ofLoad(List.of(sample), 1, 1)[0].recall());
    }

    @Test
    void aNewerRowThatIsFarExcusesNoOlderOne() throws InterruptedException {
        assertEquals(0.9, ofLoad(15, 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 15).recall());
    }

    @Test
    void aRowFoundTwiceCountsOnce() throws InterruptedException {
        assertEquals(0.9, ofLoad(15, 15, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8).recall());
    }

    @Test
    void answersAreJudgedByThePartTheyBelongTo() throws InterruptedException {
        List<Sample> samples = IntStream.range(0, 9)
                .mapToObj(i -> new Sample(i % 3, 0, 10 + i, 10 + i, i % 3 == 1 ? range(1, 11) : range(0, 10)))
                .toList();
        Verdict[] verdicts = judge.ofLoad(samples, 4, 2);
        assertEquals(
                List.of(1.0, 0.9, 1.0, Double.NaN),
                Arrays.stream(verdicts).map(Verdict::recall).toList());
        assertEquals(3, verdicts[1].judged());
    }

    @Test
    void whatIsReplacedDuringASearchMayBeFoundOrNot() {
        int[] put = {30, 31, 2};
        int[] removed = {0, 2, 5};
        BitSet live = new BitSet();
        live.set(0, 20);
        List<Sample> oldFound = List.of(new Sample(0, 0, 1, 2, range(1, 11)));
        List<Sample> oldGone = List.of(new Sample(0, 0, 1, 2, new int[] {1, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
        assertEquals(new Verdict(1, 10, 10, 0), judge.ofReplacements(oldFound, live, put, removed));
        assertEquals(new Verdict(1, 10, 10, 0), judge.ofReplacements(oldGone, live, put, removed));
    }

    @Test
    void whatWasReplacedBeforeASearchMustNotBeFound() {
        BitSet live = new BitSet();
        live.set(0, 20);
        List<Sample> samples = List.of(new Sample(0, 0, 0, 0, range(0, 10)), new Sample(0, 0, 1, 1, range(0, 10)));
        assertEquals(new Verdict(2, 19, 20, 1), judge.ofReplacements(samples, live, new int[] {30}, new int[] {0}));
    }

    @Test
    void anAnswerIsLeftOutWhereTooFewExactNeighboursAreThere() {
        BitSet live = new BitSet();
        live.set(25, 40);
        assertEquals(Verdict.NONE, judge.ofLive(0, range(25, 35), live::get, live::get));
    }

    @Test
    void aPutIsReadBackByItselfOrByTenAsNear() {
        LiveData same = new LiveData("same", Metric.L2, new float[20][1], new float[1][1], new int[1][0]);
        assertTrue(judge.isReadBack(7, range(0, 10)));
        assertFalse(judge.isReadBack(17, range(0, 10)));
        assertTrue(new Judge(same).isReadBack(17, range(0, 10)));
        assertFalse(new Judge(same).isReadBack(17, range(0, 9)));
    }

    @Test
    void exactNeighboursAmongTheFirstRowsOnly() throws InterruptedException {
        float[][] queries = {{39}, {39}, {39}};
        int[][] exact = new GroundTruth(LINE.base(), queries, Metric.L2).nearestBelow(3, new int[] {40, 2, 17}, 2);
        assertEquals("[[39, 38, 37], [1, 0], [16, 15, 14]]", Arrays.deepToString(exact));
    }

    private static int[] range(int from, int to) {
        return IntStream.range(from, to).toArray();
    }
}
