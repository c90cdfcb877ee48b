package dev.pagoda.compute.queue;

import static dev.pagoda.compute.queue.Samples.H100;
import static dev.pagoda.compute.queue.Samples.L40S;
import static dev.pagoda.compute.queue.Samples.SECOND;
import static dev.pagoda.compute.queue.Samples.in;
import static dev.pagoda.compute.queue.Samples.nodes;
import static dev.pagoda.compute.queue.Samples.saving;
import static dev.pagoda.compute.queue.Samples.serving;
import static dev.pagoda.compute.queue.Samples.setup;
import static dev.pagoda.compute.queue.Samples.training;
import static dev.pagoda.compute.queue.Samples.within;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.api.Change;
import dev.pagoda.compute.api.CheckpointSpec;
import dev.pagoda.compute.api.CohortSpec;
import dev.pagoda.compute.api.Explanation;
import dev.pagoda.compute.api.Explanation.Proposal;
import dev.pagoda.compute.api.Forecast;
import dev.pagoda.compute.api.GangSpec;
import dev.pagoda.compute.api.JobKind;
import dev.pagoda.compute.api.JobPhase;
import dev.pagoda.compute.api.JobSpec;
import dev.pagoda.compute.api.NodeShape;
import dev.pagoda.compute.api.PendingReason;
import dev.pagoda.compute.api.PreemptionRules;
import dev.pagoda.compute.api.QueueSpec;
import dev.pagoda.compute.api.Quota;
import dev.pagoda.compute.api.QuotaPlan;
import dev.pagoda.compute.api.TaskSpec;
import dev.pagoda.compute.api.TopologyLevel;
import dev.pagoda.compute.api.WorkSpec;
import dev.pagoda.compute.fleet.AcceleratorCatalogue;
import dev.pagoda.compute.fleet.PartitionSchemes;
import dev.pagoda.compute.placement.Host;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ExplanationTest {
    private static final QuotaPlan OPEN = QuotaPlan.unlimited("default");

    @Test
    void saysWhenDevicesComeFree() {
        var scheduler = new Scheduler(nodes(1), OPEN, setup(), 0);
        submit(scheduler, training("first", 1, 6, 3_780));
        submit(scheduler, training("second", 1, 8, 60));
        Explanation why = explain(scheduler, "second", PendingReason.BUSY);
        assertEquals(2, why.counts().get("devices free"));
        assertTrue(why.sentence().startsWith("it needs 8 devices of h100-sxm and 2 are free"), why.sentence());
        assertProposed(scheduler, why, "it starts at 01:03:00 UTC when job first ends");
        assertProposed(scheduler, why, "8 more h100-sxm");
        assertProposed(scheduler, why, "stop job first of queue default");
    }

    @Test
    void proposesTheFewestMoreDevicesInTheRackThatLacksThem() {
        var scheduler = new Scheduler(nodes(5), OPEN, setup(), 0);
        submit(scheduler, within(TopologyLevel.RACK, serving("r0", 4, 8)));
        submit(scheduler, serving("two", 1, 2));
        submit(scheduler, within(TopologyLevel.RACK, training("eight", 8, 1, 60)));
        Explanation why = explain(scheduler, "eight", PendingReason.BUSY);
        assertProposed(scheduler, why, "2 more h100-sxm in rack r1");
        assertProposed(scheduler, why, "start with 6 tasks instead of 8");
        var tooFew = new Change.AddNodes(1, new NodeShape(H100, 1, 80 * Samples.GIB, 128_000, 1 << 20, "r1", "z0"));
        assertEquals(0, scheduler.whatIf(List.of(tooFew), 0).summary().wouldStartNow());
    }

    @Test
    void tellsWhichJobToMove() {
        var policy = new SchedulerPolicy(true, 4, true, false, true, 86_400, 64, 8, 300, 3_600);
        var setup = new SchedulerSetup(policy, new Samples.Scattered(), LinkTable.defaults(), Units.equal());
        var scheduler = new Scheduler(nodes(2), OPEN, setup, 0);
        submit(scheduler, saving(60, 1, 5, training("left", 1, 4, 10_000)));
        submit(scheduler, training("right", 1, 4, 10_000));
        submit(scheduler, training("whole", 1, 8, 60));
        Explanation why = explain(scheduler, "whole", PendingReason.FRAGMENTED);
        assertEquals(8, why.counts().get("devices free"));
        assertProposed(scheduler, why, "move job left");
    }

    @Test
    void tellsByHowMuchToRaiseAQuota() {
        var scheduler = new Scheduler(nodes(2), teams(PreemptionRules.never(), null), setup(), 0);
        submit(scheduler, in("a", serving("own", 1, 6)));
        submit(scheduler, in("b", serving("other", 1, 8)));
        submit(scheduler, in("a", training("more", 1, 6, 60)));
        Explanation why = explain(scheduler, "more", PendingReason.QUOTA_USED);
        assertEquals("it needs 6 h100-sxm, but queue a uses 6 of its 8 and can take only 2 more", why.sentence());
        submit(scheduler, in("a", serving("two", 1, 2)));
        scheduler.apply(new SchedulerEvent.NodesAdded(List.of(Samples.nodes(3).getLast())), scheduler.nowMicros());
        assertProposed(
                scheduler, explain(scheduler, "more", PendingReason.QUOTA_USED), "raise quota of a by 6 h100-sxm");
        var tooLittle = new Change.RaiseQuota("a", H100, 5_999);
        assertEquals(0, scheduler.whatIf(List.of(tooLittle), 0).summary().wouldStartNow());
    }

    @Test
    void tellsLentQuotaFromUsedQuota() {
        var scheduler = new Scheduler(nodes(2), teams(PreemptionRules.never(), null), setup(), 0);
        submit(scheduler, in("a", serving("borrower", 1, 8)));
        submit(scheduler, in("a", training("borrowed", 1, 8, 600)));
        submit(scheduler, in("b", training("owner", 1, 8, 60)));
        Explanation why = explain(scheduler, "owner", PendingReason.QUOTA_LENT);
        assertEquals("it needs 8 h100-sxm of queue b's own 8, but others have borrowed all but 0", why.sentence());
        assertProposed(scheduler, why, "it starts at 00:10:00 UTC when job borrowed ends");
    }

    @Test
    void tellsWhatAQueueMayNeverUse() {
        var scheduler = new Scheduler(nodes(4), teams(PreemptionRules.never(), 4_000L), setup(), 0);
        submit(scheduler, in("a", training("large", 2, 8, 60)));
        Explanation why = explain(scheduler, "large", PendingReason.QUOTA_TOO_SMALL);
        assertEquals(
                "it needs 16 h100-sxm, but queue a may never use more than 12, borrowing included", why.sentence());
        assertProposed(scheduler, why, "raise quota of a by 4 h100-sxm");
        submit(scheduler, in("a", on(L40S, training("other", 1, 1, 60))));
        explain(scheduler, "other", PendingReason.FLAVOR_NOT_IN_QUEUE);
    }

    @Test
    void tellsWhatTheFleetCanNeverHold() {
        var scheduler = new Scheduler(nodes(2), OPEN, setup(), 0);
        submit(scheduler, training("wide", 1, 16, 60));
        Explanation wide = explain(scheduler, "wide", PendingReason.NODE_TOO_SMALL);
        assertProposed(scheduler, wide, "16 more h100-sxm");
        submit(scheduler, training("many", 5, 8, 60));
        assertProposed(
                scheduler, explain(scheduler, "many", PendingReason.FLEET_TOO_SMALL), "3 more nodes of 8 h100-sxm");
        submit(scheduler, on("tpu-v5e", training("other", 1, 1, 60)));
        explain(scheduler, "other", PendingReason.NO_SUCH_DEVICE);
    }

    @Test
    void tellsWhatToRepair() {
        var scheduler = new Scheduler(nodes(2), OPEN, setup(), 0);
        scheduler.apply(new SchedulerEvent.NodeFailed("n0"), 0);
        scheduler.apply(new SchedulerEvent.DeviceFailed("n1", 0), 0);
        submit(scheduler, training("job", 1, 8, 60));
        Explanation why = explain(scheduler, "job", PendingReason.NODES_DOWN);
        assertEquals(1, why.counts().get("nodes down"));
        assertEquals(9, why.counts().get("devices down"));
        assertProposed(scheduler, why, "repair node n0");
    }

    @Test
    void proposesToDivideADevice() {
        var mig = PartitionSchemes.named(AcceleratorCatalogue.shipped().get(H100), "mig");
        var host = new Host("n0", 64_000, 1 << 20, H100, 2, 80 * Samples.GIB, Host.Domains.NONE, List.of(mig));
        var scheduler = new Scheduler(List.of(host), OPEN, setup(), 0);
        submit(scheduler, training("whole", 1, 1, 1_000));
        submit(scheduler, slice("first"));
        Explanation why = explain(scheduler, "first", PendingReason.NO_SUCH_DEVICE);
        assertProposed(scheduler, why, "bring device 1 of node n0 into mode mig: it starts at 00:00:30 UTC");
        scheduler.apply(new SchedulerEvent.Repartition("n0", 1, "mig"), 0);
        scheduler.apply(new SchedulerEvent.Tick(), 30 * SECOND);
        assertEquals(JobPhase.RUNNING, scheduler.job("first").orElseThrow().phase());
    }

    @Test
    void aDeviceInUseDrainsBeforeItIsDivided() {
        var mig = PartitionSchemes.named(AcceleratorCatalogue.shipped().get(H100), "mig");
        var host = new Host("n0", 64_000, 1 << 20, H100, 1, 80 * Samples.GIB, Host.Domains.NONE, List.of(mig));
        var scheduler = new Scheduler(List.of(host), OPEN, setup(), 0);
        submit(scheduler, training("whole", 1, 1, 100));
        submit(scheduler, slice("slice"));
        scheduler.apply(new SchedulerEvent.Repartition("n0", 0, "mig"), 10 * SECOND);
        Scheduler restored = Scheduler.restore(scheduler.snapshot(), List.of(host), setup());
        for (Scheduler each : List.of(scheduler, restored)) {
            each.apply(new SchedulerEvent.Tick(), 1_000 * SECOND);
            assertEquals(130 * SECOND, each.job("slice").orElseThrow().startedMicros());
        }
    }

    private static JobSpec slice(String id) {
        return new JobSpec(
                id,
                "default",
                JobKind.BATCH,
                0,
                new TaskSpec(0, 0, 1, 1_000, 0, "1g.10gb", List.of()),
                GangSpec.of(1),
                WorkSpec.seconds(60, 1),
                CheckpointSpec.none(),
                JobSpec.Limits.none());
    }

    @Test
    void namesTheJobWhoseReservationComesFirst() {
        var scheduler = new Scheduler(nodes(1), OPEN, setup(), 0);
        submit(scheduler, training("running", 1, 6, 100));
        submit(scheduler, training("head", 1, 8, 100));
        submit(scheduler, training("long", 1, 2, 200));
        Explanation why = explain(scheduler, "long", PendingReason.BEHIND_RESERVATION);
        assertEquals("it would fit, but would delay job head, which is ahead of it", why.sentence());
        assertProposed(scheduler, why, "it starts at 00:03:20 UTC when job head ends");
    }

    @Test
    void forecastsWhatMoreNodesWouldDoAndTouchesNothing() {
        var scheduler = new Scheduler(nodes(2), OPEN, setup(), 0);
        for (int i = 0; i < 6; i++) {
            submit(scheduler, training("j" + i, 1, 8, 100));
        }
        SchedulerSnapshot before = scheduler.snapshot();
        var more = new Change.AddNodes(2, new NodeShape(H100, 8, 80 * Samples.GIB, 128_000, 1 << 20, "r9", "z0"));
        Forecast forecast = scheduler.whatIf(List.of(more), 1_000 * SECOND);
        assertEquals(new Forecast.Summary(4, 0, 2, 4, 0, 0), forecast.summary());
        assertEquals(
                List.of(100 * SECOND, 100 * SECOND, 200 * SECOND, 200 * SECOND),
                forecast.jobs().stream().map(Forecast.JobForecast::startsMicros).toList());
        assertEquals(
                List.of(0L, 0L, 100 * SECOND, 100 * SECOND),
                forecast.jobs().stream()
                        .map(Forecast.JobForecast::wouldStartMicros)
                        .toList());
        assertEquals(before, scheduler.snapshot());
    }

    @Test
    void forecastsWhatALostRackWouldDo() {
        var scheduler = new Scheduler(nodes(8), OPEN, setup(), 0);
        submit(scheduler, within(TopologyLevel.RACK, training("low", 4, 8, 100)));
        submit(scheduler, within(TopologyLevel.RACK, training("other", 4, 8, 100)));
        Forecast forecast = scheduler.whatIf(List.of(new Change.FailRack("r0")), 1_000 * SECOND);
        assertEquals(1, forecast.summary().stopped());
        assertEquals(List.of(new Forecast.JobForecast("low", true, 0L, 100 * SECOND)), forecast.jobs());
        assertEquals(
                8,
                scheduler.job("low").orElseThrow().places().getFirst().devices().size());
    }

    @Test
    void forecastsAnotherPolicyAndOtherQuotas() {
        var scattered = new SchedulerSetup(
                SchedulerPolicy.strict(), new Samples.Scattered(), LinkTable.defaults(), Units.equal());
        var scheduler = new Scheduler(nodes(2), OPEN, scattered, 0);
        submit(scheduler, training("a", 1, 6, 100));
        submit(scheduler, training("b", 1, 6, 150));
        submit(scheduler, training("c", 1, 8, 10));
        submit(scheduler, training("d", 1, 2, 10));
        Forecast packed = scheduler.whatIf(List.of(new Change.PlaceBy("BestFit")), 1_000 * SECOND);
        assertEquals(2, packed.summary().pending());
        var none = new QueueSpec("default", null, 1, List.of(Quota.devices(H100, 12)), PreemptionRules.never());
        Forecast capped = scheduler.whatIf(
                List.of(new Change.ReplaceQuotas(new QuotaPlan(List.of(), List.of(none)))), 1_000 * SECOND);
        assertEquals(150 * SECOND, capped.jobs().getFirst().wouldStartMicros());
        assertEquals(100 * SECOND, capped.jobs().getFirst().startsMicros());
    }

    @Test
    void saysWhoIsMeantByAnUnknownName() {
        var scheduler = new Scheduler(nodes(1), OPEN, setup(), 0);
        assertEquals(Optional.empty(), scheduler.explain("nobody"));
        for (Change change : List.of(
                new Change.FailNode("nowhere"),
                new Change.FailRack("nowhere"),
                new Change.CancelJob("nobody"),
                new Change.RaiseQuota("nobody", H100, 1),
                new Change.PlaceBy("nothing"))) {
            assertThrows(IllegalArgumentException.class, () -> scheduler.whatIf(List.of(change), 0));
        }
    }

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(longs = {61, 62, 63, 64, 65, 66})
    void everyProposalStartsTheJobAndNothingIsTouched(long seed) {
        var life = new RandomLife(seed);
        var policy = new SchedulerPolicy(true, 2, true, seed % 2 == 0, true, 300, 64, 4, 30, 3_600);
        var scheduler = new Scheduler(RandomLife.nodes(), life.plan(), setup(policy), 0);
        int proposals = 0;
        for (int i = 0; i < 200; i++) {
            RandomLife.Timed timed = life.next();
            if (!(timed.event() instanceof SchedulerEvent.Repartition)) {
                scheduler.apply(timed.event(), timed.atMicros());
            }
            if (i % 5 != 4) {
                continue;
            }
            SchedulerSnapshot before = scheduler.snapshot();
            for (String id : List.copyOf(scheduler.state().pending.keySet())) {
                Explanation why = scheduler.explain(id).orElseThrow();
                for (Proposal proposal : why.proposals()) {
                    assertTrue(
                            isTrue(scheduler, id, proposal),
                            "seed " + seed + ", event " + i + ": " + id + " " + proposal);
                    proposals++;
                }
            }
            assertEquals(before, scheduler.snapshot());
        }
        assertTrue(proposals > 10, "seed " + seed + ": " + proposals + " proposals");
    }

    private static boolean isTrue(Scheduler scheduler, String job, Proposal proposal) {
        if (proposal.change() instanceof Change.Wait) {
            Scheduler fork = scheduler.fork();
            if (proposal.startsAtMicros() > fork.nowMicros()) {
                fork.apply(new SchedulerEvent.Tick(), proposal.startsAtMicros() - 1);
                boolean waits = fork.state().pending.containsKey(job);
                fork.apply(new SchedulerEvent.Tick(), proposal.startsAtMicros());
                return waits && !fork.state().pending.containsKey(job);
            }
            return true;
        }
        long horizon = proposal.startsAtMicros() - scheduler.nowMicros();
        Forecast forecast = scheduler.whatIf(List.of(proposal.change()), horizon);
        return forecast.jobs().stream()
                .anyMatch(each -> each.job().equals(job)
                        && Long.valueOf(proposal.startsAtMicros()).equals(each.wouldStartMicros()));
    }

    private static void assertProposed(Scheduler scheduler, Explanation why, String sentence) {
        Proposal proposal = why.proposals().stream()
                .filter(each -> each.sentence().equals(sentence))
                .findFirst()
                .orElseThrow(() -> new AssertionError("\"" + sentence + "\" is not in " + why.proposals()));
        assertTrue(isTrue(scheduler, why.job(), proposal), proposal.toString());
    }

    private static Explanation explain(Scheduler scheduler, String job, PendingReason reason) {
        Explanation why = scheduler.explain(job).orElseThrow(() -> new AssertionError(job + " does not wait"));
        assertEquals(reason, why.reason(), why.sentence());
        return why;
    }

    private static void submit(Scheduler scheduler, JobSpec spec) {
        scheduler.apply(new SchedulerEvent.Submit(spec), scheduler.nowMicros());
    }

    private static JobSpec on(String accelerator, JobSpec spec) {
        return new JobSpec(
                spec.id(),
                spec.queue(),
                JobKind.TRAINING,
                0,
                TaskSpec.devices(1, accelerator),
                GangSpec.of(1),
                WorkSpec.seconds(60, 1),
                CheckpointSpec.none(),
                JobSpec.Limits.none());
    }

    private static QuotaPlan teams(PreemptionRules rules, @Nullable Long borrowing) {
        var quota = new Quota(H100, 8_000, borrowing, null);
        return new QuotaPlan(
                List.of(CohortSpec.root("org")),
                List.of(
                        new QueueSpec("a", "org", 1, List.of(quota), rules),
                        new QueueSpec("b", "org", 1, List.of(quota), rules)));
    }
}
