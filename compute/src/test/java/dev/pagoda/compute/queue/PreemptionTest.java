package dev.pagoda.compute.queue;

import static dev.pagoda.compute.queue.Samples.H100;
import static dev.pagoda.compute.queue.Samples.SECOND;
import static dev.pagoda.compute.queue.Samples.in;
import static dev.pagoda.compute.queue.Samples.nodes;
import static dev.pagoda.compute.queue.Samples.priority;
import static dev.pagoda.compute.queue.Samples.saving;
import static dev.pagoda.compute.queue.Samples.setup;
import static dev.pagoda.compute.queue.Samples.training;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.api.CohortSpec;
import dev.pagoda.compute.api.JobDecision;
import dev.pagoda.compute.api.JobDecision.Action;
import dev.pagoda.compute.api.JobPhase;
import dev.pagoda.compute.api.JobSpec;
import dev.pagoda.compute.api.JobView;
import dev.pagoda.compute.api.PreemptionRules;
import dev.pagoda.compute.api.PreemptionRules.Borrow;
import dev.pagoda.compute.api.PreemptionRules.Reclaim;
import dev.pagoda.compute.api.PreemptionRules.WithinQueue;
import dev.pagoda.compute.api.QueueSpec;
import dev.pagoda.compute.api.Quota;
import dev.pagoda.compute.api.QuotaPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whom the scheduler stops, beside an oracle that knows nothing but how many devices are free on each node.
final class PreemptionTest {
    private static final SchedulerPolicy ONLY_PREEMPTION =
            new SchedulerPolicy(true, 1, true, false, false, 1e9, 64, 0, 0, 0);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void ofFewCandidatesItStopsTheSetThatLosesLeast(long seed) {
        var crowd = new Crowd(seed, 2, 8);
        crowd.rush();
        assertEquals(crowd.leastLoss(), crowd.lost(), 1e-6, "seed " + seed);
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24, 25, 26, 27, 28})
    void ofManyCandidatesItStopsNobodyInVain(long seed) {
        var crowd = new Crowd(seed, 4, 14);
        crowd.rush();
        assertFalse(crowd.stopped.isEmpty(), "seed " + seed);
        for (String spared : crowd.stopped) {
            List<String> others = new ArrayList<>(crowd.stopped);
            others.remove(spared);
            assertFalse(crowd.suffices(others), "seed " + seed + ": " + spared + " was stopped in vain");
        }
        assertTrue(crowd.lost() >= crowd.leastLoss() - 1e-6, "seed " + seed);
        assertTrue(
                crowd.lost() <= 2 * crowd.leastLoss() + 1e-6,
                "seed " + seed + ": lost " + crowd.lost() + " where " + crowd.leastLoss() + " would do");
    }

    /// Jobs of all sizes on a few nodes, and one in a hurry.
    private static final class Crowd {
        private final Scheduler scheduler;
        private final List<String> ids = new ArrayList<>();
        private final List<String> stopped = new ArrayList<>();
        private final int width;
        private final int tasks;
        private final long atMicros;
        private final SchedulerSnapshot before;

        Crowd(long seed, int nodes, int jobs) {
            var random = new SplittableRandom(seed);
            scheduler = new Scheduler(nodes(nodes), QuotaPlan.unlimited("default"), setup(ONLY_PREEMPTION), 0);
            for (int i = 0; i < 200 && ids.size() < jobs; i++) {
                JobSpec spec = saving(10 + random.nextInt(200), 0, 1, training("j" + i, 1, 1 + random.nextInt(4), 1e6));
                List<JobDecision> decisions = scheduler.apply(
                        new SchedulerEvent.Submit(spec), scheduler.nowMicros() + random.nextLong(20 * SECOND));
                if (decisions.getLast().action() == Action.STARTED) {
                    ids.add(spec.id());
                } else {
                    scheduler.apply(new SchedulerEvent.Cancel(spec.id()), scheduler.nowMicros());
                }
            }
            width = 4 + random.nextInt(5);
            tasks = width > 4 ? 1 : 1 + random.nextInt(nodes);
            atMicros = scheduler.nowMicros() + 500 * SECOND;
            scheduler.apply(new SchedulerEvent.Tick(), atMicros);
            before = scheduler.snapshot();
        }

        void rush() {
            JobSpec urgent = priority(1, training("urgent", tasks, width, 60));
            for (JobDecision each : scheduler.apply(new SchedulerEvent.Submit(urgent), atMicros)) {
                if (each.action() == Action.PREEMPTED) {
                    stopped.add(each.job());
                }
            }
            assertEquals(JobPhase.RUNNING, scheduler.job("urgent").orElseThrow().phase());
            assertEquals(!suffices(List.of()), !stopped.isEmpty());
        }

        double lost() {
            return stopped.stream().mapToDouble(this::loss).sum();
        }

        private double loss(String job) {
            SchedulerSnapshot.JobRecord record = record(job);
            double interval = record.spec().checkpoint().intervalSeconds();
            double ran = (atMicros - record.times().startedMicros()) / 1e6;
            return ran % interval * record.spec().task().devices();
        }

        private SchedulerSnapshot.JobRecord record(String job) {
            return before.jobs().stream()
                    .filter(each -> each.spec().id().equals(job))
                    .findFirst()
                    .orElseThrow();
        }

        boolean suffices(List<String> gone) {
            int[] free = new int[before.nodes().size()];
            Arrays.fill(free, 8);
            for (String id : ids) {
                if (!gone.contains(id)) {
                    SchedulerSnapshot.JobRecord record = record(id);
                    String node = record.places().getFirst().node();
                    free[Integer.parseInt(node.substring(1))] -=
                            record.spec().task().devices();
                }
            }
            int fit = 0;
            for (int each : free) {
                fit += each / width;
            }
            return fit >= tasks;
        }

        double leastLoss() {
            double least = Double.POSITIVE_INFINITY;
            for (int mask = 0; mask < 1 << ids.size(); mask++) {
                List<String> gone = new ArrayList<>();
                for (int i = 0; i < ids.size(); i++) {
                    if ((mask >>> i & 1) == 1) {
                        gone.add(ids.get(i));
                    }
                }
                double loss = gone.stream().mapToDouble(this::loss).sum();
                if (loss < least && suffices(gone)) {
                    least = loss;
                }
            }
            return least;
        }
    }

    @Test
    void reclaimsOnlyFromWhoBorrows() {
        var rules = new PreemptionRules(WithinQueue.NEVER, Reclaim.ANY, Borrow.NEVER, null);
        var scheduler = new Scheduler(nodes(3), teams(rules, 8, 8, 8), setup(ONLY_PREEMPTION), 0);
        submit(scheduler, in("a", training("within", 1, 8, 1e6)));
        submit(scheduler, in("b", training("own", 1, 8, 1e6)));
        submit(scheduler, in("b", training("borrowed", 1, 8, 1e6)));
        submit(scheduler, in("c", training("owner", 1, 8, 60)));
        assertEquals(JobPhase.RUNNING, phase(scheduler, "owner"));
        assertEquals(JobPhase.RUNNING, phase(scheduler, "within"));
        assertEquals(1, preemptions(scheduler, "own") + preemptions(scheduler, "borrowed"));
    }

    @Test
    void aLowerPriorityIsReclaimedAndAHigherOneNot() {
        var rules = new PreemptionRules(WithinQueue.NEVER, Reclaim.LOWER_PRIORITY, Borrow.NEVER, null);
        var scheduler = new Scheduler(nodes(2), teams(rules, 8, 0, 8), setup(ONLY_PREEMPTION), 0);
        submit(scheduler, in("b", priority(5, training("high", 1, 8, 1e6))));
        submit(scheduler, in("b", priority(1, training("low", 1, 8, 1e6))));
        submit(scheduler, in("a", priority(3, training("first", 1, 8, 1e6))));
        submit(scheduler, in("c", priority(3, training("second", 1, 8, 1e6))));
        assertEquals(1, preemptions(scheduler, "low"));
        assertEquals(0, preemptions(scheduler, "high"));
        assertEquals(JobPhase.PENDING, phase(scheduler, "second"));
    }

    @Test
    void aBorrowerStopsOtherBorrowersOnlyAsFarAsItsRulesSay() {
        var never = new PreemptionRules(WithinQueue.NEVER, Reclaim.ANY, Borrow.NEVER, null);
        var upTo2 = new PreemptionRules(WithinQueue.NEVER, Reclaim.ANY, Borrow.LOWER_PRIORITY, 2);
        for (PreemptionRules rules : List.of(never, upTo2)) {
            var scheduler = new Scheduler(nodes(2), teams(rules, 0, 0, 16), setup(ONLY_PREEMPTION), 0);
            submit(scheduler, in("a", priority(2, training("two", 1, 8, 1e6))));
            submit(scheduler, in("a", priority(3, training("three", 1, 8, 1e6))));
            submit(scheduler, in("b", priority(9, training("x", 1, 8, 1e6))));
            submit(scheduler, in("b", priority(9, training("y", 1, 8, 1e6))));
            assertEquals(rules.equals(never) ? 0 : 1, preemptions(scheduler, "two"));
            assertEquals(0, preemptions(scheduler, "three"));
        }
    }

    @Test
    void newerOnesOfEqualPriorityGiveWayWhereTheRulesSaySo() {
        var rules = new PreemptionRules(WithinQueue.LOWER_OR_NEWER_EQUAL_PRIORITY, Reclaim.NEVER, Borrow.NEVER, null);
        var scheduler = new Scheduler(nodes(2), teams(rules, 16, 0, 0), setup(ONLY_PREEMPTION), 0);
        submit(scheduler, in("a", training("first", 1, 8, 50)));
        submit(scheduler, in("a", training("wide", 2, 8, 60)));
        scheduler.apply(new SchedulerEvent.Submit(in("a", training("newer", 1, 8, 49))), SECOND / 2);
        assertEquals(JobPhase.RUNNING, phase(scheduler, "newer"));
        scheduler.apply(new SchedulerEvent.Cancel("first"), SECOND);
        assertEquals(JobPhase.RUNNING, phase(scheduler, "wide"));
        assertEquals(1, preemptions(scheduler, "newer"));
    }

    private static QuotaPlan teams(PreemptionRules rules, int a, int b, int c) {
        return new QuotaPlan(
                List.of(CohortSpec.root("org")),
                List.of(
                        new QueueSpec("a", "org", 1, List.of(Quota.devices(H100, a)), rules),
                        new QueueSpec("b", "org", 1, List.of(Quota.devices(H100, b)), rules),
                        new QueueSpec("c", "org", 1, List.of(Quota.devices(H100, c)), rules)));
    }

    private static void submit(Scheduler scheduler, JobSpec spec) {
        scheduler.apply(new SchedulerEvent.Submit(spec), scheduler.nowMicros());
    }

    private static JobPhase phase(Scheduler scheduler, String job) {
        return scheduler.job(job).map(JobView::phase).orElseThrow();
    }

    private static int preemptions(Scheduler scheduler, String job) {
        return scheduler.job(job).orElseThrow().counts().preemptions();
    }
}
