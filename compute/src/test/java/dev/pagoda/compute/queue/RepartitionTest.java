package dev.pagoda.compute.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.api.CheckpointSpec;
import dev.pagoda.compute.api.GangSpec;
import dev.pagoda.compute.api.JobKind;
import dev.pagoda.compute.api.JobPhase;
import dev.pagoda.compute.api.JobSpec;
import dev.pagoda.compute.api.QuotaPlan;
import dev.pagoda.compute.api.TaskSpec;
import dev.pagoda.compute.fleet.AcceleratorCatalogue;
import dev.pagoda.compute.fleet.NodeGroup;
import dev.pagoda.compute.fleet.PartitionState;
import dev.pagoda.compute.placement.FleetHosts;
import dev.pagoda.compute.placement.Host;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Devices of a running fleet are divided otherwise.
final class RepartitionTest {
    private static final long SECOND = Samples.SECOND;
    private static final List<Host> NODES = new NodeGroup(1, "n", "h100-sxm", 2, 1_024)
            .nodes(AcceleratorCatalogue.shipped()).stream().map(FleetHosts::of).toList();

    private Scheduler scheduler = new Scheduler(NODES, QuotaPlan.unlimited("default"), Samples.setup(), 0);

    @Test
    void jobForASliceStartsWhenADeviceHasBeenDivided() {
        scheduler.apply(new SchedulerEvent.Submit(slices("s", 4)), 0);
        assertEquals(JobPhase.PENDING, phase("s"));
        scheduler.apply(new SchedulerEvent.Repartition("n-0", 1, "mig"), SECOND);
        assertEquals(31 * SECOND, scheduler.nextMicros());
        scheduler.apply(new SchedulerEvent.Tick(), 30 * SECOND);
        assertEquals(JobPhase.PENDING, phase("s"));
        scheduler.apply(new SchedulerEvent.Tick(), 31 * SECOND);
        assertEquals(JobPhase.RUNNING, phase("s"));
        assertTrue(scheduler.job("s").orElseThrow().places().stream()
                .allMatch(place -> place.devices().getFirst().index() == 1));
    }

    @Test
    void deviceInUseIsDividedAfterItsJobAndTakesNoOtherBefore() {
        scheduler.apply(new SchedulerEvent.Submit(Samples.training("a", 1, 2, 100)), 0);
        scheduler.apply(new SchedulerEvent.Repartition("n-0", 0, "mig"), SECOND);
        scheduler.apply(new SchedulerEvent.Submit(Samples.training("b", 1, 1, 100)), SECOND);
        scheduler.apply(new SchedulerEvent.Submit(slices("s", 1)), SECOND);
        scheduler.apply(new SchedulerEvent.Tick(), 99 * SECOND);
        assertEquals(JobPhase.RUNNING, phase("a"));
        scheduler.apply(new SchedulerEvent.Tick(), 101 * SECOND);
        assertEquals(JobPhase.FINISHED, phase("a"));
        assertEquals(JobPhase.RUNNING, phase("b"));
        assertEquals(
                1,
                scheduler
                        .job("b")
                        .orElseThrow()
                        .places()
                        .getFirst()
                        .devices()
                        .getFirst()
                        .index());
        assertEquals(JobPhase.PENDING, phase("s"));
        scheduler.apply(new SchedulerEvent.Tick(), 131 * SECOND);
        assertEquals(JobPhase.RUNNING, phase("s"));
    }

    @Test
    void changeGoesOnAfterARestart() {
        scheduler.apply(new SchedulerEvent.Submit(Samples.training("a", 1, 1, 100)), 0);
        int used = scheduler
                .job("a")
                .orElseThrow()
                .places()
                .getFirst()
                .devices()
                .getFirst()
                .index();
        scheduler.apply(new SchedulerEvent.Repartition("n-0", used, "mig"), SECOND);
        scheduler.apply(new SchedulerEvent.Repartition("n-0", 1 - used, "mig"), SECOND);
        SchedulerSnapshot snapshot = scheduler.snapshot();
        scheduler = Scheduler.restore(snapshot, NODES, Samples.setup());
        assertEquals(snapshot, scheduler.snapshot());
        scheduler.apply(new SchedulerEvent.Tick(), 31 * SECOND);
        assertEquals("mig", scheduler.cluster().mode(0, 1 - used).orElseThrow().name());
        assertTrue(scheduler.mode(0, 1 - used).takesWork());
        scheduler.apply(new SchedulerEvent.Tick(), 200 * SECOND);
        assertTrue(scheduler.mode(0, used).takesWork());
        assertEquals("mig", scheduler.mode(0, used).mode().name());
    }

    @Test
    void failureForgetsAChangeThatWaits() {
        scheduler.apply(new SchedulerEvent.Submit(Samples.training("a", 1, 2, 100)), 0);
        scheduler.apply(new SchedulerEvent.Repartition("n-0", 0, "mig"), SECOND);
        scheduler.apply(new SchedulerEvent.DeviceFailed("n-0", 0), 2 * SECOND);
        scheduler.apply(new SchedulerEvent.DeviceRepaired("n-0", 0), 3 * SECOND);
        assertEquals("whole", scheduler.mode(0, 0).mode().name());
        assertEquals(JobPhase.RUNNING, phase("a"));
    }

    @Test
    void forkTriesAChangeWithoutMakingIt() {
        scheduler.apply(new SchedulerEvent.Submit(slices("s", 1)), 0);
        Scheduler fork = scheduler.fork();
        fork.apply(new SchedulerEvent.Repartition("n-0", 0, "mig"), SECOND);
        fork.apply(new SchedulerEvent.Tick(), 40 * SECOND);
        assertEquals(JobPhase.RUNNING, fork.job("s").orElseThrow().phase());
        assertEquals(JobPhase.PENDING, phase("s"));
        assertTrue(scheduler.mode(0, 0) instanceof PartitionState.Serving);
    }

    @Test
    void refusesModesThatThereAreNot() {
        var error = assertThrows(
                IllegalArgumentException.class,
                () -> scheduler.apply(new SchedulerEvent.Repartition("n-0", 0, "cpx"), 0));
        assertEquals("devices of node n-0 have no partition mode cpx; they have whole, mig", error.getMessage());
        scheduler.apply(new SchedulerEvent.Repartition("n-0", 0, "mig"), 0);
        assertThrows(
                IllegalArgumentException.class,
                () -> scheduler.apply(new SchedulerEvent.Repartition("n-0", 0, "whole"), 1));
    }

    private JobPhase phase(String job) {
        return scheduler.job(job).orElseThrow().phase();
    }

    private static JobSpec slices(String id, int tasks) {
        return new JobSpec(
                id,
                "default",
                JobKind.SERVING,
                0,
                new TaskSpec(1_000, 1_024, 1, 1_000, 0, "1g.10gb", List.of("h100-sxm")),
                GangSpec.of(tasks),
                null,
                CheckpointSpec.none(),
                JobSpec.Limits.none());
    }
}
