package dev.pagoda.deploy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.deploy.StartRefused;
import dev.pagoda.vectors.hnsw.HnswIndex;
import dev.pagoda.vectors.hnsw.Neighbours;
import dev.pagoda.vectors.hnsw.NodeSet;
import dev.pagoda.vectors.hnsw.SearchResult;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

class FilterBenchTest {
    private static final int ROWS = 1_000;
    private static final int QUERIES = 6;
    private static final int EF = 60;

    @TempDir
    Path folder;

    private final MadeSet made = ClusteredSet.make(ROWS, 24, QUERIES, 5);

    private LiveData data(Metric metric) {
        return new LiveData("clustered", metric, made.base(), made.queries(), new int[QUERIES][0]);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --filters --ef 9          | --ef 9 is not from 10 to 100000
                    --filters --ef 20,40      | --filters searches with one --ef, not with [20, 40]
                    --filters --rounds 0      | --rounds 0 is not from 1 to 100
                    --filters --warm-up 601   | --warm-up 601 is not from 0 to 600
                    --filters --modes turbo   | there is no mode 'turbo'
                    --filters --load          | --filters measures an index that does not change, so not --load or --churn
                    --filters --churn 3       | --filters measures an index that does not change, so not --load or --churn
                    --filters --size 1        | --filters needs 100 rows and clustered has 60
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
        assertEquals(64, FilterPlan.onlyBreadth(List.of(64)));
        assertEquals(FilterPlan.EF, FilterPlan.onlyBreadth(Plan.BREADTHS));
    }

    @ParameterizedTest
    @EnumSource
    void correlatedFiltersAcceptTheNearestAndAntiCorrelatedTheFarthest(Metric metric) {
        LiveData data = data(metric);
        FilterSets filters = new FilterSets(data, 1);
        NodeSet[][] near = filters.of(FilterKind.CORRELATED, new double[] {0.1, 0.0001});
        NodeSet[][] far = filters.of(FilterKind.ANTI_CORRELATED, new double[] {0.1, 0.0001});
        for (int q = 0; q < QUERIES; q++) {
            int query = q;
            int[] sorted = IntStream.range(0, ROWS)
                    .boxed()
                    .sorted(Comparator.comparingDouble(row -> data.cost(query, row)))
                    .mapToInt(Integer::intValue)
                    .toArray();
            assertEquals(members(sorted, 0, 100), members(near[0][q]));
            assertEquals(members(sorted, ROWS - 100, ROWS), members(far[0][q]));
            assertEquals(members(sorted, 0, 1), members(near[1][q]));
            assertEquals(members(sorted, ROWS - 1, ROWS), members(far[1][q]));
        }
    }

    private static List<Integer> members(int[] rows, int from, int to) {
        return Arrays.stream(rows, from, to).sorted().boxed().toList();
    }

    private static List<Integer> members(NodeSet set) {
        return IntStream.range(0, ROWS).filter(set).boxed().toList();
    }

    @Test
    void randomFiltersAreOfTheShareAndOfTheirOwnForEachQueryAndSeed() {
        double[] shares = {0.5, 0.1};
        NodeSet[][] sets = new FilterSets(data(Metric.L2), 1).of(FilterKind.RANDOM, shares);
        NodeSet[][] others = new FilterSets(data(Metric.L2), 2).of(FilterKind.RANDOM, shares);
        for (int i = 0; i < shares.length; i++) {
            double mean =
                    Arrays.stream(sets[i]).mapToInt(NodeSet::size).average().orElseThrow();
            // 5 standard deviations of the mean
            double allowed = 5 * Math.sqrt(ROWS * shares[i] * (1 - shares[i]) / QUERIES);
            assertEquals(ROWS * shares[i], mean, allowed);
            assertNotEquals(members(sets[i][0]), members(sets[i][1]));
            assertNotEquals(members(sets[i][0]), members(others[i][0]));
        }
        NodeSet[][] again = new FilterSets(data(Metric.L2), 1).of(FilterKind.RANDOM, shares);
        assertEquals(members(sets[1][3]), members(again[1][3]));
    }

    @Test
    void aRowCountsOnceAndOnlyIfAcceptedAndNearEnough() throws InterruptedException {
        HnswIndex index = built();
        FilterRun run = new FilterRun(index, made.queries(), EF);
        NodeSet odd = NodeSet.of(ROWS, row -> row % 2 == 1);
        NodeSet[] sets = {odd, odd};
        SearchResult[] exact = IntStream.range(0, 2)
                .mapToObj(query -> index.search(made.queries()[query], 10, EF, odd, true))
                .toArray(SearchResult[]::new);
        assertEquals(new FilterRun.Verdict(20, 20, 0), run.judged(exact, sets));
        Neighbours best = exact[0].neighbours();
        int even =
                IntStream.range(0, ROWS).filter(row -> row % 2 == 0).findFirst().orElseThrow();
        Neighbours twice = with(best, best.nodes()[0], best.scores()[0]);
        Neighbours refused = with(best, even, best.scores()[0]);
        Neighbours far = with(best, best.nodes()[9], Math.nextDown(best.scores()[9]));
        for (Neighbours wrong : List.of(twice, refused, far)) {
            assertEquals(new FilterRun.Verdict(19, 20, 0), run.judged(answers(wrong, exact), sets));
        }
        Neighbours cut = new Neighbours(Arrays.copyOf(best.nodes(), 8), Arrays.copyOf(best.scores(), 8));
        assertEquals(new FilterRun.Verdict(18, 20, 1), run.judged(answers(cut, exact), sets));
    }

    /// The same answer with another last row.
    private static Neighbours with(Neighbours some, int node, float score) {
        int[] nodes = some.nodes().clone();
        float[] scores = some.scores().clone();
        nodes[nodes.length - 1] = node;
        scores[scores.length - 1] = score;
        return new Neighbours(nodes, scores);
    }

    private static SearchResult[] answers(Neighbours first, SearchResult[] exact) {
        SearchResult changed = new SearchResult(first, exact[0].plan(), 0, 0, 0);
        return new SearchResult[] {changed, exact[1]};
    }

    @Test
    void aFilterThatAcceptsNothingIsNotJudged() throws InterruptedException {
        FilterRun run = new FilterRun(built(), made.queries(), EF);
        NodeSet[] sets = {NodeSet.of(ROWS, row -> false)};
        FilterRun.Outcome outcome = run.filtered(sets, 1);
        FilterRun.Verdict verdict = run.judged(outcome.results(), sets);
        assertEquals(0, verdict.tooShort());
        assertTrue(Double.isNaN(verdict.recall()));
    }

    @Test
    void percentilesAreThoseOfTheQueries() {
        FilterRun.Latencies latencies = new FilterRun.Latencies(
                IntStream.range(0, 200).mapToLong(i -> 1_000L * (200 - i)).toArray(), new long[] {7_000, 9_000});
        assertEquals(100, latencies.wallMicros(50));
        assertEquals(198, latencies.wallMicros(99));
        assertEquals(9, latencies.cpuMicros(99));
        assertEquals(7, latencies.cpuMicros(50));
    }

    private HnswIndex built() throws InterruptedException {
        PagodaContender contender = new PagodaContender("fast", 1);
        contender.build(made.base(), made.metric(), 1);
        return contender.index();
    }

    @Test
    @Tag("slow")
    void measuresEveryKindAndShareInAProcessOfItsOwn() throws InterruptedException {
        made.write(folder, 2);
        VectorSet set = VectorSet.open(folder, "clustered", Metric.L2);
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
        FilterPlan plan = new FilterPlan(false, List.of("fast"), EF, 2, 0, 1, List.of());
        new FilterMeasurement(set, folder, plan, out, new PrintStream(OutputStream.nullOutputStream())).run();
        List<String> lines = said.toString(StandardCharsets.UTF_8).lines().toList();
        assertTrue(lines.getFirst().startsWith("FILTER\tpagoda\tclustered\tkind=none\tshare=1\tef=60\tqueries=6\t"));
        for (FilterKind kind : FilterKind.values()) {
            for (String share : List.of("0.5", "0.1", "0.01", "0.001", "0.0001")) {
                String head = "FILTER\tpagoda\tclustered\tkind=" + kind.label() + "\tshare=" + share + "\t";
                assertEquals(
                        1, lines.stream().filter(line -> line.startsWith(head)).count(), head);
            }
            String bar = "BAR\tpagoda\tclustered\t" + kind.label() + " filters: ";
            assertEquals(3, lines.stream().filter(line -> line.startsWith(bar)).count(), bar);
        }
        assertEquals(16 + 10, lines.size());
        assertTrue(lines.contains("BAR\tpagoda\tclustered\tanswers with too few rows\t0.0000\t0\tmet"));
    }
}
