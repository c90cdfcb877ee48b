package dev.pagoda.compute.queue;

import static dev.pagoda.compute.queue.Samples.H100;
import static dev.pagoda.compute.queue.Samples.SECOND;
import static dev.pagoda.compute.queue.Samples.elastic;
import static dev.pagoda.compute.queue.Samples.in;
import static dev.pagoda.compute.queue.Samples.nodes;
import static dev.pagoda.compute.queue.Samples.priority;
import static dev.pagoda.compute.queue.Samples.saving;
import static dev.pagoda.compute.queue.Samples.serving;
import static dev.pagoda.compute.queue.Samples.setup;
import static dev.pagoda.compute.queue.Samples.training;
import static dev.pagoda.compute.queue.Samples.within;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.api.CohortSpec;
import dev.pagoda.compute.api.GangSpec;
import dev.pagoda.compute.api.JobDecision;
import dev.pagoda.compute.api.JobDecision.Action;
import dev.pagoda.compute.api.JobKind;
import dev.pagoda.compute.api.JobPhase;
import dev.pagoda.compute.api.JobSpec;
import dev.pagoda.compute.api.JobView;
import dev.pagoda.compute.api.PreemptionRules;
import dev.pagoda.compute.api.QueueSpec;
import dev.pagoda.compute.api.Quota;
import dev.pagoda.compute.api.QuotaPlan;
import dev.pagoda.compute.api.TopologyLevel;
import dev.pagoda.compute.placement.Host;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class SchedulerTest {
    private static final QuotaPlan OPEN = QuotaPlan.unlimited("default");

    @Test
    void twoGangsThatWouldEachHoldPartOfTheClusterDoNotBlockEachOther() {
        var scheduler = new Scheduler(nodes(15), OPEN, setup(), 0);
        submit(scheduler, training("first", 100, 1, 60), 0);
        submit(scheduler, training("second", 100, 1, 60), 0);
        assertEquals(JobPhase.RUNNING, phase(scheduler, "first"));
        assertEquals(0, scheduler.job("second").orElseThrow().tasks());
        tick(scheduler, 60);
        assertEquals(JobPhase.FINISHED, phase(scheduler, "first"));
        assertEquals(100, scheduler.job("second").orElseThrow().tasks());
        tick(scheduler, 120);
        assertEquals(JobPhase.FINISHED, phase(scheduler, "second"));
    }

    @Test
    void quotaAdmitsOnlyWhatANodeCanHold() {
        var quota = new QueueSpec("default", null, 1, List.of(Quota.devices(H100, 16)), PreemptionRules.defaults());
        var scheduler = new Scheduler(nodes(2), new QuotaPlan(List.of(), List.of(quota)), setup(), 0);
        submit(scheduler, training("wide", 1, 16, 60), 0);
        assertEquals(JobPhase.PENDING, phase(scheduler, "wide"));
        assertEquals(0, scheduler.queues().getFirst().flavors().getFirst().usedMilli());
        submit(scheduler, training("split", 2, 8, 60), 0);
        assertEquals(JobPhase.RUNNING, phase(scheduler, "split"));
    }

    @Test
    void sixAndTwoFreeDevicesInTwoLinkDomainsAreNotEightConnectedOnes() {
        List<String> links = List.of("a", "a", "a", "a", "a", "a", "b", "b");
        var host = new Host("n0", 128_000, 1 << 20, H100, 8, 80L << 30, new Host.Domains(links, "r0", "z0"), List.of());
        var scheduler = new Scheduler(List.of(host), OPEN, setup(), 0);
        submit(scheduler, within(TopologyLevel.LINK_DOMAIN, training("connected", 8, 1, 60)), 0);
        assertEquals(JobPhase.PENDING, phase(scheduler, "connected"));
        submit(scheduler, within(TopologyLevel.LINK_DOMAIN, training("six", 6, 1, 60)), 0);
        submit(scheduler, within(TopologyLevel.LINK_DOMAIN, training("two", 2, 1, 60)), 0);
        assertEquals(JobPhase.RUNNING, phase(scheduler, "six"));
        assertEquals(JobPhase.RUNNING, phase(scheduler, "two"));
    }

    @Test
    void fragmentsInsideNodesAreConsolidated() {
        var setup = new SchedulerSetup(
                SchedulerPolicy.defaults(), new Samples.Scattered(), LinkTable.defaults(), Units.equal());
        var scheduler = new Scheduler(nodes(2), OPEN, setup, 0);
        submit(scheduler, saving(60, 1, 5, training("left", 1, 4, 10_000)), 0);
        submit(scheduler, saving(60, 1, 5, training("right", 1, 4, 10_000)), 0);
        assertEquals(List.of("n0", "n1"), nodesOf(scheduler, "left", "right"));
        List<JobDecision> decisions = submit(scheduler, training("whole", 1, 8, 60), 100);
        assertEquals(JobPhase.RUNNING, phase(scheduler, "whole"));
        assertEquals(List.of(Action.QUEUED, Action.MOVED, Action.STARTED), actions(decisions));
        assertEquals(0, scheduler.job("left").orElseThrow().counts().lostDeviceSeconds());
    }

    @Test
    void nothingMovesThatHasNoCheckpointsOrCostsMoreThanItGains() {
        var setup = new SchedulerSetup(
                SchedulerPolicy.defaults(), new Samples.Scattered(), LinkTable.defaults(), Units.equal());
        var scheduler = new Scheduler(nodes(2), OPEN, setup, 0);
        submit(scheduler, training("left", 1, 4, 10_000), 0);
        submit(scheduler, saving(60, 1, 10_000, training("right", 1, 4, 10_000)), 0);
        submit(scheduler, training("whole", 1, 8, 60), 100);
        assertEquals(JobPhase.PENDING, phase(scheduler, "whole"));
    }

    @Test
    void laterJobsFillHolesThatDelayNobody() {
        var scheduler = new Scheduler(nodes(1), OPEN, setup(), 0);
        submit(scheduler, training("running", 1, 6, 100), 0);
        submit(scheduler, training("head", 1, 8, 100), 1);
        submit(scheduler, training("long", 1, 2, 200), 2);
        submit(scheduler, training("short", 1, 2, 50), 3);
        assertEquals(JobPhase.PENDING, phase(scheduler, "head"));
        assertEquals(JobPhase.PENDING, phase(scheduler, "long"));
        assertEquals(JobPhase.RUNNING, phase(scheduler, "short"));
        tick(scheduler, 100);
        assertEquals(100 * SECOND, scheduler.job("head").orElseThrow().startedMicros());
    }

    @Test
    void withoutBackfillNobodyOvertakes() {
        var scheduler = new Scheduler(nodes(1), OPEN, setup(SchedulerPolicy.strict()), 0);
        submit(scheduler, training("running", 1, 6, 100), 0);
        submit(scheduler, training("head", 1, 8, 100), 1);
        submit(scheduler, training("short", 1, 2, 50), 3);
        assertEquals(JobPhase.PENDING, phase(scheduler, "short"));
    }

    @Test
    void stopsThoseWhoLoseLeast() {
        var scheduler = new Scheduler(nodes(3), OPEN, setup(), 0);
        submit(scheduler, saving(100, 0, 0, training("unsaved", 1, 8, 10_000)), 0);
        submit(scheduler, saving(50, 0, 0, training("saved", 1, 8, 10_000)), 0);
        submit(scheduler, training("never", 1, 8, 10_000), 0);
        List<JobDecision> decisions = submit(scheduler, priority(10, training("urgent", 1, 8, 60)), 60);
        assertEquals(List.of(Action.QUEUED, Action.PREEMPTED, Action.STARTED), actions(decisions));
        JobView saved = scheduler.job("saved").orElseThrow();
        assertEquals(JobPhase.PENDING, saved.phase());
        assertEquals(10.0 * 8, saved.counts().lostDeviceSeconds(), 1e-6);
        assertEquals(50.0 / 10_000, progress(saved), 1e-9);
    }

    @Test
    void equalPrioritiesDoNotStopEachOther() {
        var scheduler = new Scheduler(nodes(1), OPEN, setup(), 0);
        submit(scheduler, priority(5, training("a", 1, 8, 100)), 0);
        submit(scheduler, priority(5, training("b", 1, 8, 100)), 1);
        assertEquals(JobPhase.RUNNING, phase(scheduler, "a"));
        assertEquals(JobPhase.PENDING, phase(scheduler, "b"));
    }

    @Test
    void lentQuotaIsReclaimed() {
        var scheduler = new Scheduler(nodes(2), twoTeams(PreemptionRules.Reclaim.ANY), setup(), 0);
        submit(scheduler, in("a", training("own", 1, 8, 1_000)), 0);
        submit(scheduler, in("a", training("lent", 1, 8, 1_000)), 1);
        assertEquals(JobPhase.RUNNING, phase(scheduler, "lent"));
        submit(scheduler, in("b", training("owner", 1, 8, 100)), 2);
        assertEquals(JobPhase.RUNNING, phase(scheduler, "owner"));
        assertEquals(JobPhase.PENDING, phase(scheduler, "lent"));
        assertEquals(JobPhase.RUNNING, phase(scheduler, "own"));
        tick(scheduler, 102);
        assertEquals(JobPhase.RUNNING, phase(scheduler, "lent"));
    }

    @Test
    void withoutReclaimTheOwnerWaits() {
        var scheduler = new Scheduler(nodes(2), twoTeams(PreemptionRules.Reclaim.NEVER), setup(), 0);
        submit(scheduler, in("a", training("own", 1, 8, 1_000)), 0);
        submit(scheduler, in("a", training("lent", 1, 8, 1_000)), 1);
        submit(scheduler, in("b", training("owner", 1, 8, 100)), 2);
        assertEquals(JobPhase.PENDING, phase(scheduler, "owner"));
    }

    @Test
    void fairShareGoesBeforeAge() {
        var scheduler = new Scheduler(nodes(2), twoTeams(PreemptionRules.Reclaim.NEVER), setup(), 0);
        submit(scheduler, in("a", training("a1", 1, 8, 100)), 0);
        submit(scheduler, in("a", training("a2", 1, 8, 100)), 0);
        submit(scheduler, in("a", training("a3", 1, 8, 100)), 1);
        submit(scheduler, in("b", training("b1", 1, 8, 100)), 2);
        submit(scheduler, in("b", training("b2", 1, 8, 100)), 2);
        tick(scheduler, 100);
        assertEquals(JobPhase.RUNNING, phase(scheduler, "b1"));
        assertEquals(JobPhase.RUNNING, phase(scheduler, "a3"));
        assertEquals(JobPhase.PENDING, phase(scheduler, "b2"));
    }

    @Test
    void elasticGangsGrowWhenIdleAndShrinkBeforeOthersAreStopped() {
        var policy = new SchedulerPolicy(true, 4, true, true, true, 86_400, 64, 8, 10, 3_600);
        var scheduler = new Scheduler(nodes(2), OPEN, setup(policy), 0);
        submit(scheduler, training("other", 1, 8, 5), 0);
        submit(scheduler, elastic(4, 16, training("elastic", 4, 1, 1_000)), 0);
        assertEquals(8, scheduler.job("elastic").orElseThrow().tasks());
        tick(scheduler, 20);
        assertEquals(16, scheduler.job("elastic").orElseThrow().tasks());
        List<JobDecision> decisions = submit(scheduler, priority(10, training("urgent", 1, 8, 50)), 30);
        assertEquals(List.of(Action.QUEUED, Action.RESIZED, Action.STARTED), actions(decisions));
        assertEquals(0, scheduler.job("elastic").orElseThrow().counts().preemptions());
        assertTrue(scheduler.job("elastic").orElseThrow().tasks() >= 4);
    }

    @Test
    void trainingGoesOnFromItsLastCheckpointAfterANodeIsLost() {
        var scheduler = new Scheduler(nodes(2), OPEN, setup(), 0);
        submit(scheduler, saving(30, 0, 7, training("job", 1, 8, 100)), 0);
        String node = nodesOf(scheduler, "job").getFirst();
        List<JobDecision> decisions = scheduler.apply(new SchedulerEvent.NodeFailed(node), 70 * SECOND);
        assertEquals(List.of(Action.REQUEUED, Action.STARTED), actions(decisions));
        JobView job = scheduler.job("job").orElseThrow();
        assertEquals(0.6, progress(job), 1e-9);
        assertEquals((70 + 7 + 40) * SECOND, job.endsMicros());
    }

    @Test
    void replicasOutliveTheLossOfOne() {
        var scheduler = new Scheduler(nodes(4), OPEN, setup(), 0);
        submit(scheduler, elastic(1, 3, serving("chat", 1, 8)), 0);
        assertEquals(3, scheduler.job("chat").orElseThrow().tasks());
        List<JobDecision> decisions = scheduler.apply(new SchedulerEvent.DeviceFailed("n0", 3), SECOND);
        assertEquals(List.of(Action.RESIZED), actions(decisions));
        assertEquals(2, scheduler.job("chat").orElseThrow().tasks());
        tick(scheduler, 301);
        assertEquals(3, scheduler.job("chat").orElseThrow().tasks());
    }

    @Test
    void aFlappingLinkSlowsTrainingWhileItLasts() {
        var spec = new JobSpec(
                "ring",
                "default",
                JobKind.TRAINING,
                0,
                training("x", 2, 8, 1).task(),
                GangSpec.of(2),
                new dev.pagoda.compute.api.WorkSpec(100, 16, 50e9, java.util.Map.of()),
                dev.pagoda.compute.api.CheckpointSpec.none(),
                JobSpec.Limits.none());
        var scheduler = new Scheduler(nodes(2), OPEN, setup(), 0);
        submit(scheduler, spec, 0);
        double ring = 2.0 * 15 / 16;
        assertEquals(100 * (1 + ring) * SECOND, (double) ends(scheduler, "ring"), 2);
        scheduler.apply(new SchedulerEvent.LinkDegraded("n1", 0.5), 0);
        assertEquals(100 * (1 + 2 * ring) * SECOND, (double) ends(scheduler, "ring"), 2);
        scheduler.apply(new SchedulerEvent.LinkRepaired("n1"), 0);
        assertEquals(100 * (1 + ring) * SECOND, (double) ends(scheduler, "ring"), 2);
    }

    @Test
    void anIdleNotebookEnds() {
        var scheduler = new Scheduler(nodes(1), OPEN, setup(), 0);
        var spec = new JobSpec(
                "nb",
                "default",
                JobKind.NOTEBOOK,
                0,
                training("x", 1, 1, 1).task(),
                GangSpec.of(1),
                null,
                dev.pagoda.compute.api.CheckpointSpec.none(),
                new JobSpec.Limits(null, 600.0));
        submit(scheduler, spec, 0);
        scheduler.apply(new SchedulerEvent.Active("nb"), 500 * SECOND);
        tick(scheduler, 1_099);
        assertEquals(JobPhase.RUNNING, phase(scheduler, "nb"));
        tick(scheduler, 1_100);
        assertEquals(JobPhase.FINISHED, phase(scheduler, "nb"));
    }

    @Test
    void aStarvingJobGoesFirst() {
        var policy = new SchedulerPolicy(true, 1, false, false, false, 500, 0, 0, 0, 0);
        var scheduler = new Scheduler(nodes(1), OPEN, setup(policy), 0);
        submit(scheduler, priority(9, training("p0", 1, 8, 100)), 0);
        submit(scheduler, training("low", 1, 8, 100), 1);
        for (int i = 1; i < 10; i++) {
            submit(scheduler, priority(9, training("p" + i, 1, 8, 100)), 10 + i);
        }
        tick(scheduler, 2_000);
        assertEquals(600 * SECOND, scheduler.job("low").orElseThrow().startedMicros());
    }

    @Test
    void refusesWhatCanNeverBeQueued() {
        var scheduler = new Scheduler(nodes(1), OPEN, setup(), 0);
        List<JobDecision> decisions = submit(scheduler, in("defualt", training("x", 1, 1, 1)), 0);
        assertEquals(
                "there is no queue defualt; the nearest is default",
                decisions.getFirst().because());
        submit(scheduler, training("y", 1, 1, 1), 0);
        assertEquals(
                Action.REJECTED,
                submit(scheduler, training("y", 1, 1, 1), 0).getFirst().action());
    }

    private static QuotaPlan twoTeams(PreemptionRules.Reclaim reclaim) {
        var rules = new PreemptionRules(
                PreemptionRules.WithinQueue.LOWER_PRIORITY, reclaim, PreemptionRules.Borrow.NEVER, null);
        return new QuotaPlan(
                List.of(CohortSpec.root("org")),
                List.of(
                        new QueueSpec("a", "org", 1, List.of(Quota.devices(H100, 8)), rules),
                        new QueueSpec("b", "org", 1, List.of(Quota.devices(H100, 8)), rules)));
    }

    private static List<JobDecision> submit(Scheduler scheduler, JobSpec spec, double second) {
        return scheduler.apply(new SchedulerEvent.Submit(spec), Math.round(second * SECOND));
    }

    private static List<JobDecision> tick(Scheduler scheduler, double second) {
        return scheduler.apply(new SchedulerEvent.Tick(), Math.round(second * SECOND));
    }

    private static double progress(JobView job) {
        return Objects.requireNonNull(job.progress());
    }

    private static long ends(Scheduler scheduler, String job) {
        return Objects.requireNonNull(scheduler.job(job).orElseThrow().endsMicros());
    }

    private static JobPhase phase(Scheduler scheduler, String job) {
        return scheduler.job(job).orElseThrow().phase();
    }

    private static List<Action> actions(List<JobDecision> decisions) {
        return decisions.stream().map(JobDecision::action).toList();
    }

    private static List<String> nodesOf(Scheduler scheduler, String... jobs) {
        List<String> nodes = new ArrayList<>();
        for (String job : jobs) {
            scheduler.job(job).orElseThrow().places().forEach(place -> nodes.add(place.node()));
        }
        return nodes;
    }
}
