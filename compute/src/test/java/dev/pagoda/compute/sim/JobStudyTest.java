package dev.pagoda.compute.sim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JobStudyTest {
    private static final long SECOND = 1_000_000_000L;
    private static final ClusterShape ONE = new ClusterShape(List.of(ClusterShape.Pool.of("gpu", 4, 4)));
    private static final ClusterShape TWO =
            new ClusterShape(List.of(ClusterShape.Pool.of("slow", 1, 1), ClusterShape.Pool.of("fast", 1, 1)));

    @Test
    void fifoKeepsEverybodyWaitingBehindWhoDoesNotFit() {
        // 0..100 three devices; the gang of four waits until 100, and the small one behind it until 150.
        JobReport report = run(JobPolicies.FIFO, ONE, 0, 0, job(0, 3, 100), job(10, 4, 50), job(20, 1, 10));
        assertArrayEquals(new double[] {100, 150, 160}, ends(report), 1e-6);
        assertArrayEquals(new double[] {0, 90, 130}, waits(report), 1e-6);
        assertEquals(160, report.makespanSeconds(), 1e-6);
        assertEquals(
                (300 + 200 + 10) / (4 * 160.0), report.utilisation().getFirst().share(), 1e-9);
    }

    @Test
    void shortestRemainingInterruptsWhoIsLonger() {
        JobReport report = run(JobPolicies.SRTF, ONE, 0, 0, job(0, 4, 100), job(10, 4, 20));
        assertArrayEquals(new double[] {120, 30}, ends(report), 1e-6);
        assertEquals(1, report.preemptions());
    }

    @Test
    void whoWasInterruptedRestoresItsStateFirst() {
        JobReport report = run(JobPolicies.SRTF, ONE, 0, 7, job(0, 4, 100), job(10, 4, 20));
        assertArrayEquals(new double[] {127, 30}, ends(report), 1e-6);
    }

    @Test
    void attainedServiceCountsDevicesAndTime() {
        // The first has had 3250 device-seconds at 812.5 and sinks; the second, above it, runs from then on.
        JobReport report = run(JobPolicies.LAS, ONE, 0, 0, job(0, 4, 2000), job(100, 4, 500));
        assertArrayEquals(new double[] {2500, 1312.5}, ends(report), 1e-6);
    }

    @Test
    void decisionsWaitForTheRoundAndAnIdleClusterDoesNot() {
        JobReport report = run(JobPolicies.FIFO, ONE, 60, 0, job(5, 4, 10), job(6, 4, 10), job(500, 4, 10));
        assertArrayEquals(new double[] {15, 75, 510}, ends(report), 1e-6);
    }

    @Test
    void fifoTakesTheFirstPoolAndTheAwareOneTheFastest() {
        JobSpec job = job(0, 1, 100, 1, 4);
        assertArrayEquals(new double[] {100}, ends(run(JobPolicies.FIFO, TWO, 0, 0, job)), 1e-6);
        assertArrayEquals(new double[] {25}, ends(run(JobPolicies.FIFO_HET, TWO, 0, 0, job)), 1e-6);
    }

    @Test
    void awareFifoMovesToTheFastDeviceOnceItIsFree() {
        // The second does 25 of 100 until 25, and the other 75 in 75 / 4 s.
        JobReport report = run(JobPolicies.FIFO_HET, TWO, 0, 0, job(0, 1, 100, 1, 4), job(0, 1, 100, 1, 4));
        assertArrayEquals(new double[] {25, 25 + 75 / 4.0}, ends(report), 1e-6);
    }

    @Test
    void makespanSharesLetBothEndAtOnce() {
        // Rates (1, 4) and (1, 2), 200 to do: 3 p + 1 = 2 - p at p = 1/4, so both need 200 / 1.75 s.
        JobReport report = run(JobPolicies.MAKESPAN, TWO, 1, 0, job(0, 1, 200, 1, 4), job(0, 1, 200, 1, 2));
        assertEquals(200 / 1.75, report.makespanSeconds(), 2);
    }

    @Test
    void oursGivesTheFastDeviceToWhoGainsByIt() {
        JobReport report = run(JobPolicies.PAGODA, TWO, 60, 0, job(0, 1, 110, 1, 1.1), job(0, 1, 400, 1, 4));
        assertArrayEquals(new double[] {110, 100}, ends(report), 1e-6);
    }

    @Test
    void oursLetsNoGangStarveBehindSmallJobs() {
        List<JobSpec> jobs = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            jobs.add(job(50 * i, 1, 200));
        }
        jobs.add(3, job(100, 4, 300));
        JobReport report = run(JobPolicies.PAGODA, ONE, 60, 0, jobs.toArray(JobSpec[]::new));
        assertTrue(waits(report)[3] < 3600, () -> "the gang waited for " + waits(report)[3] + " s of 20,000");
    }

    @Test
    void aGangOnMoreNodesThanItNeedsRunsAtItsSpreadRate() {
        var job = new JobSpec("wide", 0, 2, 1000, 100, new double[] {2}, new double[] {1});
        ClusterShape pairs = new ClusterShape(List.of(ClusterShape.Pool.of("gpu", 4, 2)));
        assertArrayEquals(new double[] {50}, ends(run(JobPolicies.FIFO, pairs, 0, 0, job)), 1e-6);
        var first = new JobSpec("a", 0, 1, 1000, 10, new double[] {1}, new double[] {1});
        var second = new JobSpec("b", 0, 1, 1000, 1000, new double[] {1}, new double[] {1});
        var third = new JobSpec("c", 0, 1, 1000, 1000, new double[] {1}, new double[] {1});
        var late = new JobSpec("wide", 20 * SECOND, 2, 1000, 100, new double[] {2}, new double[] {1});
        assertEquals(120, ends(run(JobPolicies.FIFO, pairs, 0, 0, first, third, second, late))[3], 1e-6);
    }

    @Test
    void sharesOfOneDeviceRunBesideEachOther() {
        var half = new JobSpec("half", 0, 1, 500, 100, new double[] {1}, new double[] {1});
        ClusterShape one = new ClusterShape(List.of(ClusterShape.Pool.of("gpu", 1, 1)));
        assertArrayEquals(new double[] {100, 100, 200}, ends(run(JobPolicies.FIFO, one, 0, 0, half, half, half)), 1e-6);
    }

    @Test
    void aloneOnTheClusterAJobIsAsFastAsWithAnEvenShare() {
        JobReport report = run(JobPolicies.FIFO, ONE, 0, 0, job(0, 4, 100));
        assertEquals(1, report.meanFairness(), 1e-9);
        assertEquals(1, report.jain(), 1e-9);
    }

    @Test
    void refusesAJobThatFitsNowhereAndJobsOutOfOrder() {
        assertThrows(IllegalArgumentException.class, () -> run(JobPolicies.FIFO, ONE, 0, 0, job(0, 5, 1)));
        assertThrows(
                IllegalArgumentException.class, () -> run(JobPolicies.FIFO, ONE, 0, 0, job(5, 1, 1), job(4, 1, 1)));
    }

    @ParameterizedTest
    @EnumSource
    void everyPolicyEndsEveryJobInNoLessThanItsTimeOnTheFastestDevicesAndTheSameWayTwice(JobPolicies policy) {
        for (long seed = 1; seed <= 5; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            List<JobSpec> jobs = new ArrayList<>();
            long now = 0;
            for (int i = 0; i < 60; i++) {
                now += random.nextLong(600 * SECOND);
                double[] rate = {
                    random.nextInt(4) == 0 ? 0 : 0.2 + random.nextDouble(), 1, 0.5 + 3 * random.nextDouble()
                };
                jobs.add(new JobSpec("j" + i, now, 1 << random.nextInt(4), 1000, 1 + random.nextInt(5000), rate, rate));
            }
            ClusterShape cluster = new ClusterShape(List.of(
                    ClusterShape.Pool.of("a", 8, 4),
                    ClusterShape.Pool.of("b", 8, 8),
                    ClusterShape.Pool.of("c", 10, 4)));
            JobReport report = run(policy, cluster, 60, 3, jobs.toArray(JobSpec[]::new));
            for (int i = 0; i < jobs.size(); i++) {
                JobSpec job = jobs.get(i);
                double least = job.work() / job.rate()[job.fastestPool()];
                assertTrue(
                        report.outcomes().get(i).completionSeconds() >= least - 1e-6,
                        policy + ", seed " + seed + ", job " + i);
            }
            report.utilisation().forEach(each -> assertTrue(each.share() >= 0 && each.share() <= 1 + 1e-9));
            assertTrue(report.jain() > 0 && report.jain() <= 1 + 1e-9);
            assertEquals(report, run(policy, cluster, 60, 3, jobs.toArray(JobSpec[]::new)), "seed " + seed);
        }
    }

    private static JobSpec job(double arrival, int devices, double seconds, double... rate) {
        double[] rates = rate.length == 0 ? new double[] {1} : rate;
        return new JobSpec("j", (long) (arrival * SECOND), devices, 1000, seconds, rates, rates);
    }

    private static JobReport run(
            JobPolicies policy, ClusterShape cluster, long roundSeconds, long restoreSeconds, JobSpec... jobs) {
        var settings = new JobPolicies.Settings(
                1, JobPolicies.Settings.tiresias(), Optional.of(new double[] {10, 100, 1000, 5000}));
        var setting = new JobStudy.Setting(roundSeconds * SECOND, restoreSeconds * SECOND);
        return new JobStudy(cluster, List.of(jobs), setting, policy.create(settings)).run(done -> {});
    }

    private static double[] ends(JobReport report) {
        return report.outcomes().stream()
                .mapToDouble(JobReport.Outcome::endSeconds)
                .toArray();
    }

    private static double[] waits(JobReport report) {
        return report.outcomes().stream()
                .mapToDouble(JobReport.Outcome::queueingSeconds)
                .toArray();
    }
}
