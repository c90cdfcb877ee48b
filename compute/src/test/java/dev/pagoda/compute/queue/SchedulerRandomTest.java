package dev.pagoda.compute.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.api.JobDecision;
import dev.pagoda.compute.api.JobPhase;
import dev.pagoda.compute.api.JobSpec;
import dev.pagoda.compute.api.JobView;
import dev.pagoda.compute.api.QueueSpec;
import dev.pagoda.compute.api.Quota;
import dev.pagoda.compute.api.QuotaPlan;
import dev.pagoda.compute.api.TaskPlace;
import dev.pagoda.compute.api.TaskSpec;
import dev.pagoda.compute.api.TopologyLevel;
import dev.pagoda.compute.placement.Cluster;
import dev.pagoda.compute.placement.Host;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Random lives of a cluster; a failure names the seed and the event.
@Tag("slow")
final class SchedulerRandomTest {
    private static final int EVENTS = 200;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void keepsItsPromisesAfterEveryEvent(long seed) {
        var life = new RandomLife(seed);
        QuotaPlan plan = life.plan();
        Scheduler scheduler = scheduler(plan, seed);
        Map<String, Double> saved = new HashMap<>();
        for (int i = 0; i < EVENTS; i++) {
            RandomLife.Timed timed = life.next();
            tell(scheduler, timed);
            String when = "seed " + seed + ", event " + i + " " + timed.event();
            assertSound(scheduler, plan, when);
            assertNothingSavedIsLost(scheduler, saved, when);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15, 16})
    void everyFeasibleJobRunsWhenArrivalsStop(long seed) {
        var life = new RandomLife(seed);
        QuotaPlan plan = life.plan();
        Scheduler scheduler = scheduler(plan, seed);
        for (int i = 0; i < EVENTS; i++) {
            RandomLife.Timed timed = life.next();
            tell(scheduler, timed);
        }
        life.endOfArrivals().forEach(event -> scheduler.apply(event, scheduler.nowMicros()));
        for (int i = 0; i < 100_000 && scheduler.nextMicros() < Long.MAX_VALUE; i++) {
            scheduler.apply(new SchedulerEvent.Tick(), scheduler.nextMicros());
        }
        for (JobView job : scheduler.jobs()) {
            if (job.phase() == JobPhase.PENDING) {
                assertTrue(!isFeasible(job.spec(), scheduler), "seed " + seed + ": " + job.spec() + " starved");
            }
            assertTrue(job.phase() != JobPhase.RUNNING, "seed " + seed + ": " + job + " never ended");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24})
    void leavesNothingIdleThatSomebodyCouldUseWhenNothingIsReserved(long seed) {
        var life = new RandomLife(seed);
        var policy = new SchedulerPolicy(true, 0, true, true, true, 300, 64, 4, 30, 3_600);
        var scheduler = new Scheduler(RandomLife.nodes(), life.plan(), Samples.setup(policy), 0);
        for (int i = 0; i < EVENTS; i++) {
            RandomLife.Timed timed = life.next();
            tell(scheduler, timed);
            Room room = scheduler.state().room.fork();
            for (Job job : scheduler.state().pending.values()) {
                int min = job.spec.gang().min();
                assertEquals(null, room.trySeat(job.spec, min, min), "seed " + seed + ", event " + i + ": " + job.spec);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {31, 32, 33, 34})
    void sameEventsGiveSameDecisionsAlsoAfterARestart(long seed) {
        List<String> once = transcript(seed, 0, false);
        assertEquals(once, transcript(seed, 0, false));
        assertEquals(once, transcript(seed, 7, false));
        assertTrue(once.size() > EVENTS / 2);
    }

    @ParameterizedTest
    @ValueSource(longs = {41, 42, 43, 44})
    void decisionsDoNotDependOnHowOftenSomebodyLooks(long seed) {
        assertEquals(transcript(seed, 0, false), transcript(seed, 0, true));
    }

    @ParameterizedTest
    @ValueSource(longs = {51, 52})
    void aForkTakesTheSameDecisionsAndLeavesItsOriginAlone(long seed) {
        var life = new RandomLife(seed);
        Scheduler scheduler = scheduler(life.plan(), seed);
        for (int i = 0; i < EVENTS; i++) {
            RandomLife.Timed timed = life.next();
            SchedulerSnapshot before = scheduler.snapshot();
            Scheduler fork = scheduler.fork();
            List<JobDecision> inFork = tell(fork, timed);
            assertEquals(before, scheduler.snapshot());
            List<JobDecision> decided = tell(scheduler, timed);
            boolean isRepeated = decided.stream().anyMatch(each -> each.action() == JobDecision.Action.REJECTED);
            if (!isRepeated) {
                assertEquals(decided, inFork, "seed " + seed + ", event " + i);
            }
        }
    }

    /// As many lives as `-Dpagoda.soak.lives` says, each under all of the promises.
    static LongStream soak() {
        return LongStream.range(1_000, 1_000 + Long.getLong("pagoda.soak.lives", 8));
    }

    @ParameterizedTest
    @MethodSource("soak")
    void keepsAllPromisesInMoreLives(long seed) {
        keepsItsPromisesAfterEveryEvent(seed);
        everyFeasibleJobRunsWhenArrivalsStop(seed);
        leavesNothingIdleThatSomebodyCouldUseWhenNothingIsReserved(seed);
        List<String> once = transcript(seed, 0, false);
        assertSame(once, transcript(seed, 1, false), "restarts, seed " + seed);
        assertSame(once, transcript(seed, 0, true), "looks, seed " + seed);
        aForkTakesTheSameDecisionsAndLeavesItsOriginAlone(seed);
    }

    /// Shows the first difference only, since a life has hundreds of lines.
    private static void assertSame(List<String> expected, List<String> actual, String when) {
        for (int i = 0; i < Math.min(expected.size(), actual.size()); i++) {
            assertEquals(expected.get(i), actual.get(i), when + ", decision " + i);
        }
        assertEquals(expected.size(), actual.size(), when);
    }

    @Test
    void everythingHappensInTheseLives() {
        Set<String> seen = new HashSet<>();
        for (long seed = 31; seed < 35; seed++) {
            for (String line : transcript(seed, 0, false)) {
                seen.add(line.replaceAll(".*action=([A-Z]+).*", "$1"));
            }
        }
        for (JobDecision.Action action : JobDecision.Action.values()) {
            assertTrue(seen.contains(action.name()) || action == JobDecision.Action.REJECTED, action + " in " + seen);
        }
    }

    private static List<String> transcript(long seed, int restartEvery, boolean looksOften) {
        var life = new RandomLife(seed);
        var looks = new SplittableRandom(seed);
        Scheduler scheduler = scheduler(life.plan(), seed);
        List<String> transcript = new ArrayList<>();
        for (int i = 1; i <= EVENTS; i++) {
            RandomLife.Timed timed = life.next();
            while (looksOften && scheduler.nowMicros() < timed.atMicros() && looks.nextInt(4) > 0) {
                long at = looks.nextLong(scheduler.nowMicros(), timed.atMicros() + 1);
                scheduler.apply(new SchedulerEvent.Tick(), at).forEach(each -> transcript.add(each.toString()));
            }
            tell(scheduler, timed).forEach(each -> transcript.add(each.toString()));
            if (restartEvery > 0 && i % restartEvery == 0) {
                SchedulerSnapshot snapshot = scheduler.snapshot();
                scheduler = Scheduler.restore(snapshot, RandomLife.nodes(), setup(seed));
                assertEquals(snapshot, scheduler.snapshot(), "seed " + seed + ", event " + i);
            }
        }
        return transcript;
    }

    /// Lives ask for modes also when it is not the time for that, which is refused and changes nothing.
    private static List<JobDecision> tell(Scheduler scheduler, RandomLife.Timed timed) {
        if (timed.event() instanceof SchedulerEvent.Repartition) {
            try {
                return scheduler.apply(timed.event(), timed.atMicros());
            } catch (IllegalArgumentException wrongTime) {
                return scheduler.apply(new SchedulerEvent.Tick(), timed.atMicros());
            }
        }
        return scheduler.apply(timed.event(), timed.atMicros());
    }

    private static Scheduler scheduler(QuotaPlan plan, long seed) {
        return new Scheduler(RandomLife.nodes(), plan, setup(seed), 0);
    }

    private static SchedulerSetup setup(long seed) {
        var policy = new SchedulerPolicy(true, (int) (seed % 4), true, true, true, 300, 64, 4, 30, 3_600);
        return new SchedulerSetup(
                policy,
                seed % 2 == 0 ? new Samples.Packed() : new Samples.Scattered(),
                LinkTable.defaults(),
                new Units(Map.of(Samples.L40S, 366L)));
    }

    /// Whether a job starts where everybody else has left.
    private static boolean isFeasible(JobSpec spec, Scheduler scheduler) {
        Scheduler alone = scheduler.fork();
        for (JobView other : scheduler.jobs()) {
            if (!other.spec().id().equals(spec.id())) {
                alone.apply(new SchedulerEvent.Cancel(other.spec().id()), scheduler.nowMicros());
            }
        }
        return alone.job(spec.id()).orElseThrow().phase() == JobPhase.RUNNING;
    }

    private static void assertNothingSavedIsLost(Scheduler scheduler, Map<String, Double> saved, String when) {
        for (JobView job : scheduler.jobs()) {
            Double now = job.savedProgress();
            if (now != null) {
                double before = saved.getOrDefault(job.spec().id(), 0.0);
                assertTrue(now >= before, when + ": job " + job.spec().id() + " fell from " + before + " to " + now);
                saved.put(job.spec().id(), now);
            }
        }
    }

    private static void assertSound(Scheduler scheduler, QuotaPlan plan, String when) {
        Cluster cluster = scheduler.cluster();
        cluster.check();
        int held = 0;
        for (int node = 0; node < cluster.nodes(); node++) {
            held += cluster.allotments(node).size();
        }
        Map<String, Map<String, Long>> used = new HashMap<>();
        int tasks = 0;
        for (JobView job : scheduler.jobs()) {
            boolean isRunning = job.phase() == JobPhase.RUNNING;
            assertEquals(isRunning, job.tasks() > 0, when);
            assertEquals(job.tasks(), job.places().size(), when);
            if (!isRunning) {
                continue;
            }
            tasks += job.tasks();
            assertTrue(
                    job.tasks() >= job.spec().gang().min()
                            && job.tasks() <= job.spec().gang().max(),
                    when);
            assertTogether(cluster, job, when);
            Map<String, Long> of = used.computeIfAbsent(job.spec().queue(), name -> new HashMap<>());
            long each = milliEach(cluster, job.spec().task());
            long milli = (long) job.tasks() * job.spec().task().devices() * each;
            of.merge(job.accelerator(), milli, Long::sum);
            of.merge(Quota.CPU, job.tasks() * job.spec().task().cpuMilli(), Long::sum);
        }
        assertEquals(held, tasks, when);
        for (String flavor : List.of(Samples.H100, Samples.L40S, Quota.CPU)) {
            assertWithinQuota(plan, flavor, used, when);
        }
    }

    /// A flat cohort: everybody together within all nominal quotas, each within its borrowing limit, and the
    /// others of each within their own and what it lends.
    private static void assertWithinQuota(
            QuotaPlan plan, String flavor, Map<String, Map<String, Long>> used, String when) {
        long nominal = 0;
        long all = 0;
        for (QueueSpec queue : plan.queues()) {
            Quota quota = quota(queue, flavor);
            if (quota != null) {
                nominal += quota.nominalMilli();
                all += used(used, queue, flavor);
            }
        }
        assertTrue(all <= nominal, when + ": " + all + " of " + flavor + " above " + nominal);
        for (QueueSpec queue : plan.queues()) {
            Quota quota = quota(queue, flavor);
            if (quota == null) {
                continue;
            }
            long own = used(used, queue, flavor);
            if (quota.borrowingLimitMilli() != null) {
                assertTrue(own <= quota.nominalMilli() + quota.borrowingLimitMilli(), when);
            }
            if (quota.lendingLimitMilli() != null) {
                long lent = Math.min(quota.nominalMilli(), quota.lendingLimitMilli());
                assertTrue(all - own <= nominal - quota.nominalMilli() + lent, when);
            }
        }
    }

    private static long milliEach(Cluster cluster, TaskSpec task) {
        return task.profile().isEmpty()
                ? task.deviceMilli()
                : cluster.host(0).modes().getFirst().profile(task.profile()).computeMilli();
    }

    private static @Nullable Quota quota(QueueSpec queue, String flavor) {
        return queue.quotas().stream()
                .filter(quota -> quota.flavor().equals(flavor))
                .findFirst()
                .orElse(null);
    }

    private static long used(Map<String, Map<String, Long>> used, QueueSpec queue, String flavor) {
        return used.getOrDefault(queue.name(), Map.of()).getOrDefault(flavor, 0L);
    }

    private static void assertTogether(Cluster cluster, JobView job, String when) {
        TopologyLevel required = job.spec().gang().required();
        if (required == null) {
            return;
        }
        Set<String> domains = new HashSet<>();
        for (TaskPlace place : job.places()) {
            Host host = cluster.host(cluster.find(place.node()).orElseThrow());
            switch (required) {
                case LINK_DOMAIN -> {
                    for (TaskPlace.DevicePart part : place.devices()) {
                        List<String> links = host.domains().links();
                        domains.add(links.isEmpty() ? host.id() : links.get(part.index()));
                    }
                }
                case NODE -> domains.add(host.id());
                case RACK -> domains.add(host.domains().rack());
                case ZONE -> domains.add(host.domains().zone());
            }
        }
        assertTrue(domains.size() <= 1, when + ": job " + job.spec().id() + " is spread over " + domains);
    }
}
