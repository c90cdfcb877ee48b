package dev.pagoda.compute.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.api.Artefacts;
import dev.pagoda.compute.api.CheckpointSpec;
import dev.pagoda.compute.api.GangSpec;
import dev.pagoda.compute.api.JobCost;
import dev.pagoda.compute.api.JobDecision;
import dev.pagoda.compute.api.JobKind;
import dev.pagoda.compute.api.JobPhase;
import dev.pagoda.compute.api.JobSpec;
import dev.pagoda.compute.api.JobView;
import dev.pagoda.compute.api.QuotaPlan;
import dev.pagoda.compute.api.StartTimes;
import dev.pagoda.compute.api.TaskSpec;
import dev.pagoda.compute.api.WorkSpec;
import dev.pagoda.compute.fleet.AcceleratorCatalogue;
import dev.pagoda.compute.fleet.IsolationMode;
import dev.pagoda.compute.fleet.Node;
import dev.pagoda.compute.fleet.NodeBook;
import dev.pagoda.compute.fleet.NodeGroup;
import dev.pagoda.compute.fleet.Site;
import dev.pagoda.compute.fleet.StorageTier;
import dev.pagoda.compute.placement.FleetHosts;
import dev.pagoda.compute.placement.Host;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class StagingTest {
    private static final AcceleratorCatalogue CATALOGUE = AcceleratorCatalogue.shipped();
    private static final long GB = 1_000_000_000L;
    private static final Artefacts LARGE = new Artefacts("engine", 9 * GB, "model", 140 * GB);

    @Test
    void secondStartOnANodeIsShorter() {
        Scheduler scheduler = scheduler(1, StorageTier.OBJECT, IsolationMode.CONTAINER, null);
        submit(scheduler, job("a", 8, LARGE), 0);
        StartTimes cold = start(scheduler, "a");
        // 9 GB at 2 GB/s, its first byte, unpacked at 300 MB/s; half a second; 140 GB at 2 GB/s and a first byte
        assertEquals(new StartTimes(34_600, 500, 70_100, false, false), cold);
        scheduler.apply(new SchedulerEvent.Cancel("a"), 200 * Samples.SECOND);
        submit(scheduler, job("b", 8, LARGE), 201 * Samples.SECOND);
        StartTimes hot = start(scheduler, "b");
        // 140 GB at the 12 GB/s of the node's own disks
        assertEquals(new StartTimes(0, 500, 11_667, true, true), hot);
    }

    @Test
    void workBeginsWhenTheNodeIsReady() {
        Scheduler scheduler = scheduler(1, StorageTier.OBJECT, IsolationMode.CONTAINER, null);
        submit(scheduler, work("a", 100, LARGE), 0);
        assertEquals(
                100 * Samples.SECOND + 105_200_000,
                scheduler.job("a").orElseThrow().endsMicros());
        scheduler.apply(new SchedulerEvent.Tick(), 105_200_000);
        assertEquals(0.0, scheduler.job("a").orElseThrow().progress());
        scheduler.apply(new SchedulerEvent.Tick(), 155_200_000);
        assertEquals(
                0.5, Objects.requireNonNull(scheduler.job("a").orElseThrow().progress()), 1e-9);
    }

    @Test
    void fasterStorageAndLighterIsolationStartSooner() {
        long last = Long.MAX_VALUE;
        for (StorageTier tier : List.of(StorageTier.OBJECT, StorageTier.DISTRIBUTED, StorageTier.ALL_FLASH)) {
            Scheduler scheduler = scheduler(1, tier, IsolationMode.VM, null);
            submit(scheduler, job("a", 8, LARGE), 0);
            StartTimes start = start(scheduler, "a");
            assertTrue(start.totalMillis() < last, tier + " takes " + start);
            assertEquals(20_000, start.bootMillis());
            last = start.totalMillis();
        }
    }

    @Test
    void aNeighbourWaitsForTheSameFetchAndDoesNotRepeatIt() {
        Scheduler scheduler = scheduler(1, StorageTier.OBJECT, IsolationMode.CONTAINER, null);
        submit(scheduler, job("a", 4, LARGE), 0);
        submit(scheduler, job("b", 4, LARGE), 30 * Samples.SECOND);
        StartTimes first = start(scheduler, "a");
        StartTimes second = start(scheduler, "b");
        assertEquals(first.imageMillis() - 30_000, second.imageMillis());
        assertFalse(second.imageHot() || second.weightsHot());
        // the weights are there when those of the first are, and are then read from the disks
        assertEquals(first.totalMillis() - 30_000 + 11_667, second.totalMillis());
    }

    @Test
    void manyNodesShareTheStorage() {
        Scheduler scheduler = scheduler(100, StorageTier.OBJECT, IsolationMode.CONTAINER, null);
        submit(scheduler, gang("one", 1), 0);
        submit(scheduler, gang("many", 90), 0);
        assertTrue(start(scheduler, "many").weightsMillis()
                > 3 * start(scheduler, "one").weightsMillis());
    }

    @Test
    void anotherModelNeedsTheDisksThatNobodyUses() {
        Scheduler scheduler = scheduler(1, StorageTier.DISTRIBUTED, IsolationMode.CONTAINER, 150);
        submit(scheduler, job("a", 4, LARGE), 0);
        submit(scheduler, job("b", 4, new Artefacts("engine", 9 * GB, "other", 100 * GB)), 500 * Samples.SECOND);
        assertTrue(start(scheduler, "b").imageHot());
        scheduler.apply(new SchedulerEvent.Cancel("b"), 1_000 * Samples.SECOND);
        submit(scheduler, job("c", 4, new Artefacts("engine", 9 * GB, "other", 100 * GB)), 1_001 * Samples.SECOND);
        assertFalse(start(scheduler, "c").weightsHot(), "the first model is in use and fills the disks");
        scheduler.apply(new SchedulerEvent.Cancel("a"), 2_000 * Samples.SECOND);
        scheduler.apply(new SchedulerEvent.Cancel("c"), 2_000 * Samples.SECOND);
        submit(scheduler, job("d", 4, new Artefacts("engine", 9 * GB, "other", 100 * GB)), 2_001 * Samples.SECOND);
        submit(scheduler, job("e", 4, new Artefacts("engine", 9 * GB, "other", 100 * GB)), 3_000 * Samples.SECOND);
        assertTrue(start(scheduler, "e").weightsHot());
    }

    @Test
    void aBareMachineKeepsNothing() {
        Scheduler scheduler = scheduler(1, StorageTier.ALL_FLASH, IsolationMode.BARE_METAL, null);
        submit(scheduler, job("a", 8, LARGE), 0);
        scheduler.apply(new SchedulerEvent.Cancel("a"), 5_000 * Samples.SECOND);
        submit(scheduler, job("b", 8, LARGE), 5_001 * Samples.SECOND);
        assertFalse(start(scheduler, "b").imageHot());
        assertEquals(600_000, start(scheduler, "b").bootMillis());
    }

    @Test
    void aMachineOfItsOwnCostsSpeed() {
        Scheduler scheduler = scheduler(1, StorageTier.DISTRIBUTED, IsolationMode.VM, null);
        submit(scheduler, work("a", 98, Artefacts.NONE), 0);
        assertEquals(120 * Samples.SECOND, scheduler.job("a").orElseThrow().endsMicros());
    }

    @Test
    void jobsCostWhatTheirDevicesDo() {
        Scheduler scheduler = scheduler(1, StorageTier.DISTRIBUTED, IsolationMode.CONTAINER, null);
        submit(scheduler, job("a", 4, Artefacts.NONE), 0);
        scheduler.apply(new SchedulerEvent.Tick(), 1_800 * Samples.SECOND);
        JobCost half = scheduler.job("a").orElseThrow().cost();
        Node node =
                nodes(1, StorageTier.DISTRIBUTED, IsolationMode.CONTAINER, null).getFirst();
        assertEquals(4 * node.service().usdPerDeviceHour() / 2, half.usd(), 1e-9);
        // 700 W each, with 35 % for the host and 20 % for the building
        assertEquals(4 * 0.7 * 1.35 * 1.2 / 2, half.kwh(), 1e-9);
        assertEquals(half.kwh() * node.place().region().gramsPerKwh(), half.grams(), 1e-6);
        List<JobDecision> ended = scheduler.apply(new SchedulerEvent.Cancel("a"), 3_600 * Samples.SECOND);
        assertEquals(2 * half.usd(), ended.getFirst().cost().usd(), 1e-9);
        scheduler.apply(new SchedulerEvent.Tick(), 9_000 * Samples.SECOND);
        assertEquals(ended.getFirst().cost(), scheduler.job("a").orElseThrow().cost());
    }

    @Test
    void restoredDisksAreAsHot() {
        Scheduler before = scheduler(2, StorageTier.OBJECT, IsolationMode.CONTAINER, null);
        submit(before, job("a", 8, LARGE), 0);
        submit(before, job("b", 8, LARGE), 0);
        before.apply(new SchedulerEvent.Cancel("a"), 200 * Samples.SECOND);
        List<Node> nodes = nodes(2, StorageTier.OBJECT, IsolationMode.CONTAINER, null);
        Scheduler after = Scheduler.restore(before.snapshot(), hosts(nodes), setup(nodes));
        assertEquals(before.snapshot(), after.snapshot());
        for (Scheduler each : List.of(before, after)) {
            submit(each, job("c", 8, LARGE), 201 * Samples.SECOND);
            assertTrue(start(each, "c").weightsHot());
        }
        assertEquals(before.snapshot(), after.snapshot());
    }

    @Test
    void aForkLeavesTheDisksAlone() {
        Scheduler scheduler = scheduler(1, StorageTier.OBJECT, IsolationMode.CONTAINER, null);
        submit(scheduler.fork(), job("a", 8, LARGE), 0);
        submit(scheduler, job("b", 8, LARGE), 0);
        assertFalse(start(scheduler, "b").imageHot());
    }

    private static StartTimes start(Scheduler scheduler, String id) {
        JobView job = scheduler.job(id).orElseThrow();
        assertEquals(JobPhase.RUNNING, job.phase(), id);
        return Objects.requireNonNull(job.start());
    }

    private static void submit(Scheduler scheduler, JobSpec spec, long atMicros) {
        scheduler.apply(new SchedulerEvent.Submit(spec), atMicros);
    }

    private static JobSpec job(String id, int devices, Artefacts artefacts) {
        return spec(id, JobKind.SERVING, TaskSpec.devices(devices), 1, null, artefacts);
    }

    private static JobSpec work(String id, double seconds, Artefacts artefacts) {
        return spec(id, JobKind.BATCH, TaskSpec.devices(8), 1, WorkSpec.seconds(seconds, 8), artefacts);
    }

    private static JobSpec gang(String id, int tasks) {
        return spec(id, JobKind.SERVING, TaskSpec.devices(8), tasks, null, LARGE);
    }

    private static JobSpec spec(
            String id, JobKind kind, TaskSpec task, int tasks, @Nullable WorkSpec work, Artefacts artefacts) {
        return new JobSpec(
                id,
                "q",
                kind,
                0,
                task,
                new GangSpec(tasks, tasks, null, null),
                work,
                CheckpointSpec.none(),
                JobSpec.Limits.none(),
                artefacts);
    }

    private static Scheduler scheduler(
            int count, StorageTier storage, IsolationMode isolation, @Nullable Integer cacheGib) {
        List<Node> nodes = nodes(count, storage, isolation, cacheGib);
        return new Scheduler(hosts(nodes), QuotaPlan.unlimited("q"), setup(nodes), 0);
    }

    private static SchedulerSetup setup(List<Node> nodes) {
        return new SchedulerSetup(
                SchedulerPolicy.defaults(),
                new Samples.Packed(),
                LinkTable.defaults(),
                Units.equal(),
                new NodeBook(CATALOGUE, nodes));
    }

    private static List<Host> hosts(List<Node> nodes) {
        return nodes.stream().map(FleetHosts::of).toList();
    }

    private static List<Node> nodes(
            int count, StorageTier storage, IsolationMode isolation, @Nullable Integer cacheGib) {
        var site = new Site(null, null, null, null, null, storage, cacheGib, isolation);
        return new NodeGroup(count, "n", "h100-sxm", 8, 2_048, null, site, null, null).nodes(CATALOGUE);
    }
}
