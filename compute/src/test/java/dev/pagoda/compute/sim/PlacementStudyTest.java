package dev.pagoda.compute.sim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.placement.TypicalTask;
import dev.pagoda.compute.trace.OpenbNode;
import dev.pagoda.compute.trace.OpenbPod;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlacementStudyTest {
    private static final String PRESENT = "dev.pagoda.compute.sim.PublishedCurves#arePresent";
    private static final int AT_130 = 130;

    @Test
    @EnabledIf(PRESENT)
    void arrivalsAreThoseOfThePublishedStudy() {
        PlacementStudy study = PublishedCurves.study("default");
        assertEquals(35, study.typical().size());
        assertEquals(1, study.typical().stream().mapToDouble(TypicalTask::share).sum(), 1e-9);
        PlacementCurve curve = study.run("fgd", 42, arrived -> {});
        assertEquals(10_866, curve.pods());
        assertEquals(
                List.of(0.25, 1.04, 2.01, 3.01, 3.98, 5.06),
                IntStream.rangeClosed(0, 5)
                        .mapToObj(percent -> Math.rint(curve.allocated()[percent] * 100) / 100)
                        .toList());
        double[] published = new PublishedCurves().allocated("default", "FGD", 42);
        // As long as everything fits, what is allocated is what arrived, whatever the policy.
        for (int percent = 0; percent <= 80; percent++) {
            assertEquals(published[percent], curve.allocated()[percent], 0.006, "at " + percent);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Random", "DotProd", "GpuClustering", "GpuPacking", "BestFit", "FGD"})
    @EnabledIf(PRESENT)
    void oneSeedOfAPolicyIsNearItsPublishedMean(String policy) {
        PublishedCurves published = new PublishedCurves();
        double mean = PublishedCurves.SEEDS.stream()
                .mapToDouble(seed -> published.allocated("default", policy, seed)[AT_130])
                .average()
                .orElseThrow();
        PlacementCurve curve = PublishedCurves.study("default").run(policy, 42, arrived -> {});
        // Twice the spread of the published seeds.
        assertEquals(mean, curve.allocated()[AT_130], 1.0);
    }

    @Test
    @EnabledIf(PRESENT)
    void theSameSeedGivesTheSameCurve() {
        PlacementStudy study = PublishedCurves.study("gpuspec20");
        PlacementCurve once = study.run("Random", 7, arrived -> {});
        PlacementCurve again = study.run("random", 7, arrived -> {});
        assertArrayEquals(once.allocated(), again.allocated());
        assertArrayEquals(once.fragmented(), again.fragmented());
        assertEquals(once.placed(), again.placed());
    }

    @Test
    void aTraceThatAsksForMoreThanItShouldIsThinned() {
        PlacementStudy study = new PlacementStudy(nodes(2), pods(100), 0.5);
        PlacementCurve curve = study.run("best-fit", 1, arrived -> {});
        assertEquals(8, curve.pods());
        assertEquals(8, curve.placed());
        assertEquals(50, curve.allocated()[50]);
        assertTrue(Double.isNaN(curve.allocated()[130]));
    }

    @Test
    void refusesWhatCannotBeStudied() {
        List<OpenbNode> noGpu = List.of(new OpenbNode("a", 1, 1, 0, ""));
        assertThrows(IllegalArgumentException.class, () -> new PlacementStudy(noGpu, pods(1), 1.3));
        List<OpenbPod> cpuOnly = List.of(new OpenbPod("a", 1, 1, 0, 0, ""));
        assertThrows(IllegalArgumentException.class, () -> new PlacementStudy(nodes(1), cpuOnly, 1.3));
        assertThrows(IllegalArgumentException.class, () -> new PlacementStudy(nodes(1), pods(1), 0));
        PlacementStudy study = new PlacementStudy(nodes(1), pods(1), 1.3);
        assertTrue(assertThrows(IllegalArgumentException.class, () -> study.run("best", 1, arrived -> {}))
                .toString()
                .contains("there is no policy 'best'; there are Random, DotProd"));
    }

    private static List<OpenbNode> nodes(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new OpenbNode("n" + i, 64_000, 65_536, 8, "G2"))
                .toList();
    }

    private static List<OpenbPod> pods(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new OpenbPod("p" + i, 100, 100, 1, 1000, ""))
                .toList();
    }

    /// All policies on two workloads, the one that counts on all of them.
    static Stream<Arguments> published() {
        return PublishedCurves.WORKLOADS.stream()
                .flatMap(workload -> PublishedCurves.POLICIES.stream()
                        .filter(policy ->
                                policy.equals("FGD") || workload.equals("default") || workload.equals("gpuspec20"))
                        .map(policy -> Arguments.of(workload, policy)));
    }

    @Tag("slow")
    @ParameterizedTest
    @MethodSource("published")
    @EnabledIf(PRESENT)
    void tenSeedsHaveThePublishedMeans(String workload, String policy) {
        PublishedCurves published = new PublishedCurves();
        PlacementStudy study = PublishedCurves.study(workload);
        double[] allocated = new double[AT_130 + 1];
        double[] fragmented = new double[AT_130 + 1];
        for (long seed : PublishedCurves.SEEDS) {
            PlacementCurve curve = study.run(policy, seed, arrived -> {});
            double[] theirAllocated = published.allocated(workload, policy, seed);
            double[] theirFragmented = published.fragmented(workload, policy, seed);
            for (int percent = 0; percent <= AT_130; percent++) {
                allocated[percent] += (curve.allocated()[percent] - theirAllocated[percent]) / 10;
                fragmented[percent] += (curve.fragmented()[percent] - theirFragmented[percent]) / 10;
            }
        }
        assertEquals(0, allocated[AT_130], 0.3, "points of allocation at 130 % above the published mean");
        if (policy.equals("FGD")) {
            double furthest = Arrays.stream(fragmented).map(Math::abs).max().orElseThrow();
            assertTrue(furthest <= 0.2, () -> "fragmentation is " + furthest + " points from the published curve");
        }
    }

    @Test
    @EnabledIf(PRESENT)
    void oneSeedOfOurOwnPolicyIsAboveThePublishedBest() {
        PlacementCurve curve = PublishedCurves.study("default").run("pagoda", 42, arrived -> {});
        assertTrue(curve.allocated()[AT_130] >= 95.5, () -> "allocated " + curve.allocated()[AT_130]);
    }

    @Tag("slow")
    @ParameterizedTest
    @MethodSource("workloads")
    @EnabledIf(PRESENT)
    void tenSeedsOfOurOwnPolicyAreAboveThePublishedBest(String workload) {
        PublishedCurves published = new PublishedCurves();
        PlacementStudy study = PublishedCurves.study(workload);
        double ours = 0;
        double theirs = 0;
        for (long seed : PublishedCurves.SEEDS) {
            ours += study.run("pagoda", seed, arrived -> {}).allocated()[AT_130] / 10;
            theirs += published.allocated(workload, "FGD", seed)[AT_130] / 10;
        }
        double bar = workload.equals("default") ? 95.5 : theirs;
        String figures = "allocated " + ours + ", FGD " + theirs;
        assertTrue(ours >= bar, figures);
    }

    static List<String> workloads() {
        return PublishedCurves.WORKLOADS;
    }
}
