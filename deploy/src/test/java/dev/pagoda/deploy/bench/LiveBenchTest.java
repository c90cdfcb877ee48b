package dev.pagoda.deploy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.deploy.StartRefused;
import dev.pagoda.deploy.bench.SearchLoop.Phase;
import dev.pagoda.deploy.bench.SearchLoop.Sample;
import dev.pagoda.deploy.bench.SearchLoop.Writes;
import dev.pagoda.vectors.hnsw.HnswIndex;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class LiveBenchTest {
    private static final int ROWS = 500;
    private static final int EF = 60;
    private static final long MOMENT_NANOS = 100_000_000;

    @TempDir
    Path folder;

    private final LiveData data = data();
    private final HnswIndex index = new PagodaContender("fast", 1).empty(data.base(), data.metric());

    private static LiveData data() {
        try {
            MadeSet made = ClusteredSet.make(ROWS, 24, 20, 5);
            int[][] truth = new GroundTruth(made.base(), made.queries(), made.metric()).nearest(100, 1, 1);
            return new LiveData(made.name(), made.metric(), made.base(), made.queries(), truth);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(stopped);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --churn 0                         | --churn 0 is not from 1 to 100
                    --churn 101                       | --churn 101 is not from 1 to 100
                    --load --ef 9                     | --ef 9 is not from 10 to 100000
                    --load --ef 20,40                 | --load and --churn search with one --ef, not with [20, 40]
                    --load --upserts 0                | --upserts 0 is not from 1 to 100000
                    --load --seconds 601              | --seconds 601 is not from 1 to 600
                    --load --warm-up -1               | --warm-up -1 is not from 0 to 600
                    --load --modes turbo              | there is no mode 'turbo'
                    --load --upserts 100000 --seconds 51 | are more than 5000000 upserts
                    --load --size 1                   | --load and --churn need 100 rows and clustered has 60
                    """)
    void refusesAnArgumentThatCannotBeMeant(String arguments, String why) {
        MadeSetTest.write(folder, arguments.contains("--size") ? 60 : 300);
        List<String> all = new ArrayList<>(List.of("--data", folder.toString(), "--name", "clustered"));
        all.addAll(List.of("--metric", "l2"));
        all.addAll(List.of(arguments.split(" ", -1)));
        VectorsBench bench = new VectorsBench();
        new CommandLine(bench).parseArgs(all.toArray(String[]::new));
        StartRefused refused = assertThrows(StartRefused.class, bench::call);
        assertTrue(refused.toString().contains(why), refused::toString);
    }

    @Test
    void aBreadthIsTheOneGivenOrTheDefault() {
        assertEquals(64, LivePlan.onlyBreadth(List.of(64)));
        assertEquals(LivePlan.EF, LivePlan.onlyBreadth(Plan.BREADTHS));
    }

    @Test
    void aChildHasTheCollectorOfTheLauncherUnlessAnotherIsNamed() {
        assertTrue(command("-Xlog:gc").contains("-XX:+UseSerialGC"));
        List<String> other = command("-XX:+UseParallelGC");
        assertFalse(other.contains("-XX:+UseSerialGC"));
        assertTrue(other.contains("-XX:+UseParallelGC"));
    }

    private static List<String> command(String option) {
        return ChildJvm.command(1 << 20, List.of(option), LiveChild.class, List.of());
    }

    @Test
    void aShuffledSetHasTheSameRowsAndNeighbours() {
        LiveData shuffled = data.shuffled(7);
        assertFalse(Arrays.equals(data.base(), shuffled.base()));
        for (int query = 0; query < data.queries().length; query++) {
            int[] before = data.truth()[query];
            int[] after = shuffled.truth()[query];
            for (int i = 0; i < before.length; i++) {
                assertSame(data.base()[before[i]], shuffled.base()[after[i]]);
            }
        }
        assertEquals(ROWS, Arrays.stream(shuffled.base()).distinct().count());
    }

    @Test
    void dividesAPhaseByPositionAndKeepsAnswersOfEachPart() {
        Roster roster = new Roster(index, data.base());
        IntStream.range(0, 50).forEach(roster::put);
        AtomicInteger position = new AtomicInteger(-1);
        Phase phase = new SearchLoop(index, roster, data.queries(), EF)
                .run(100, 4, 5, position::incrementAndGet, () -> false, new Writes());
        assertEquals(
                List.of(25L, 25L, 25L, 25L),
                phase.parts().stream()
                        .map(part -> part.latencies().getTotalCount())
                        .toList());
        for (int part = 0; part < 4; part++) {
            int own = part;
            assertEquals(
                    5,
                    phase.samples().stream()
                            .filter(sample -> sample.part() == own)
                            .count());
        }
        Sample first = phase.samples().getFirst();
        assertEquals(ContenderLoop.LIMIT, first.found().length);
        assertEquals(phase.parts().getFirst().most(), phase.parts().getFirst().micros(100), 1e-9);
    }

    @Test
    void aPartWithoutSearchesHasNoPercentiles() {
        Phase phase = new SearchLoop(index, new Roster(index, data.base()), data.queries(), EF)
                .run(100, 2, 5, () -> 0, () -> true, new Writes());
        assertTrue(Double.isNaN(phase.parts().getLast().micros(95)));
        assertTrue(phase.samples().isEmpty());
    }

    @Test
    void aNumberIsUsedAgainOnceItsRowHasLeft() {
        Roster roster = new Roster(index, data.base());
        IntStream.range(0, 300).forEach(roster::put);
        IntStream.range(0, 150).forEach(roster::remove);
        index.repair();
        IntStream.range(300, 450).forEach(roster::put);
        assertEquals(300, roster.end());
        int[] found =
                roster.rows(index.search(data.base()[400], 1, EF, null, false).neighbours());
        assertEquals("[400]", Arrays.toString(found));
        assertThrows(IllegalStateException.class, () -> roster.remove(3));
    }

    @Test
    void searchesWhileLoadingAndReplacingFindWhatIsThere() throws InterruptedException {
        LoadRun run = new LoadRun(index, data, ROWS, EF);
        Judge judge = new Judge(data);
        LoadRun.Load load = run.load();
        assertEquals(new LoadRun.ReadBack(ROWS / 50, ROWS / 50), load.readBack());
        for (Judge.Verdict verdict : judge.ofLoad(load.searches().samples(), LoadRun.PARTS, 1)) {
            assertTrue(verdict.judged() == 0 || verdict.recall() > 0.9, verdict::toString);
            assertEquals(0, verdict.ghosts());
        }
        run.wear(1);
        assertEquals(ROWS - ROWS / 100, index.size());
        LoadRun.Replacements replaced = run.replace(2_000, MOMENT_NANOS, 1);
        assertTrue(replaced.count() > 0 && replaced.count() <= 200, () -> "replaced " + replaced.count());
        assertEquals(replaced.count(), replaced.latencies().getTotalCount());
        assertEquals(replaced.readBack().asked(), replaced.readBack().found());
        Judge.Verdict verdict = judge.ofReplacements(
                replaced.searches().samples(), replaced.before(), replaced.put(), replaced.removed());
        assertTrue(verdict.judged() > 0 && verdict.recall() > 0.9, verdict::toString);
        assertEquals(0, verdict.ghosts());
        assertEquals(ROWS - ROWS / 100, index.size());
        assertTrue(run.rest(MOMENT_NANOS / 10).parts().getFirst().micros(50) > 0);
    }

    @Test
    void halfIsRemovedAndPutAgain() throws InterruptedException {
        ChurnRun run = new ChurnRun(index, data, EF, 2);
        run.fill();
        int[] removed = run.removeHalf(new SplittableRandom(3));
        assertEquals(ROWS / 2, Arrays.stream(removed).distinct().count());
        ChurnRun.State half = run.state();
        assertEquals(ROWS - ROWS / 2, half.live());
        assertEquals(0, half.unreachable());
        assertTrue(half.verdict().recall() > 0.9, half::toString);
        run.put(removed);
        ChurnRun.State whole = run.state();
        assertEquals(ROWS, whole.live());
        assertEquals(0, whole.unreachable());
        assertTrue(whole.verdict().recall() > 0.9, whole::toString);
        assertEquals(0, whole.verdict().ghosts());
    }

    @Test
    @Tag("slow")
    void measuresLoadAndChurnInProcessesOfTheirOwn() throws InterruptedException {
        List<String> lines = measured(List.of());
        assertEquals(
                10,
                lines.stream()
                        .filter(line -> line.startsWith("LOAD\tpagoda\tclustered\ttenth="))
                        .count());
        for (String kind : List.of("LOADED", "STEADY", "IDLE", "UPSERTS", "CHURN", "FRESH")) {
            assertTrue(lines.stream().anyMatch(line -> line.startsWith(kind + "\tpagoda\tclustered\t")), kind);
        }
        assertEquals(11, lines.stream().filter(line -> line.startsWith("BAR\t")).count());
        assertTrue(lines.contains("BAR\tpagoda\tclustered\tmost unreachable live points\t0.0000\t0\tmet"));
        assertTrue(lines.contains("BAR\tpagoda\tclustered\tshare of puts found at once\t1.0000\t1\tmet"));
    }

    @Test
    @Tag("slow")
    void tellsWhyAProcessCouldNotStart() {
        StartRefused refused = assertThrows(StartRefused.class, () -> measured(List.of("-XX:+NoSuchFlag")));
        assertTrue(refused.toString().contains("the process of --load has ended: "), refused::toString);
        assertTrue(refused.toString().contains("NoSuchFlag"), refused::toString);
    }

    private List<String> measured(List<String> jvmOptions) throws InterruptedException {
        new MadeSet(data.name(), data.metric(), data.base(), data.queries()).write(folder, 2);
        VectorSet set = VectorSet.open(folder, data.name(), data.metric());
        LivePlan plan = new LivePlan(true, OptionalInt.of(2), true, List.of("fast"), EF, 100, 1, 0, 1, jvmOptions);
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        new LiveMeasurement(
                        set,
                        folder,
                        plan,
                        new PrintStream(said, true, StandardCharsets.UTF_8),
                        new PrintStream(OutputStream.nullOutputStream()))
                .run();
        return said.toString(StandardCharsets.UTF_8).lines().toList();
    }
}
