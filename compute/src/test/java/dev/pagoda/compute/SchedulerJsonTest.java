package dev.pagoda.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.api.Artefacts;
import dev.pagoda.compute.api.CheckpointSpec;
import dev.pagoda.compute.api.GangSpec;
import dev.pagoda.compute.api.JobKind;
import dev.pagoda.compute.api.JobSpec;
import dev.pagoda.compute.api.QuotaPlan;
import dev.pagoda.compute.api.TaskSpec;
import dev.pagoda.compute.fleet.AcceleratorCatalogue;
import dev.pagoda.compute.fleet.HostShape;
import dev.pagoda.compute.fleet.IsolationMode;
import dev.pagoda.compute.fleet.NetworkTier;
import dev.pagoda.compute.fleet.Node;
import dev.pagoda.compute.fleet.NodeBook;
import dev.pagoda.compute.fleet.NodeGroup;
import dev.pagoda.compute.fleet.Site;
import dev.pagoda.compute.fleet.StorageTier;
import dev.pagoda.compute.placement.ArrivalMix;
import dev.pagoda.compute.placement.Policies;
import dev.pagoda.compute.queue.LinkTable;
import dev.pagoda.compute.queue.Scheduler;
import dev.pagoda.compute.queue.SchedulerEvent;
import dev.pagoda.compute.queue.SchedulerPolicy;
import dev.pagoda.compute.queue.SchedulerSetup;
import dev.pagoda.compute.queue.SchedulerSnapshot;
import dev.pagoda.compute.queue.Units;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SchedulerJsonTest {
    private static final AcceleratorCatalogue CATALOGUE = AcceleratorCatalogue.shipped();
    private static final NodeGroup FIRST = new NodeGroup(1, "old", "h100-sxm", 8, 1_024);
    private static final NodeGroup ADDED = new NodeGroup(
            2,
            "new",
            "a100-sxm-80g",
            8,
            512,
            new HostShape(64, 2, 4),
            new Site(null, "b", 8, NetworkTier.ROCE_200, 4, StorageTier.ALL_FLASH, 100, IsolationMode.VM),
            "mig",
            1.5);

    @Test
    void readsAddedNodesAsTheyWereWritten() {
        var event = new SchedulerEvent.GroupAdded(ADDED);
        assertEquals(event, SchedulerJson.read(SchedulerJson.write(event), SchedulerEvent.class));
    }

    @Test
    void aSnapshotOnDiskHasAddedNodesDisksAndHistory() {
        var before = new Scheduler(Hosts.of(FIRST.nodes(CATALOGUE)), QuotaPlan.unlimited("q"), setup(), 0);
        before.apply(new SchedulerEvent.GroupAdded(ADDED), 1);
        before.apply(new SchedulerEvent.Submit(job("a", "h100-sxm", 8)), 2);
        for (int i = 0; i < 60; i++) {
            before.apply(new SchedulerEvent.Submit(job("b" + i, "h100-sxm", 1)), 3);
        }
        SchedulerSnapshot snapshot = before.snapshot();
        assertEquals(snapshot, SchedulerJson.read(SchedulerJson.write(snapshot), SchedulerSnapshot.class));
        List<Node> nodes = new ArrayList<>(FIRST.nodes(CATALOGUE));
        nodes.addAll(ADDED.nodes(CATALOGUE));
        Scheduler after = Scheduler.restore(snapshot, Hosts.of(nodes), setup());
        assertEquals(snapshot, after.snapshot());
        assertEquals(List.of(ADDED), after.added());
    }

    @Test
    void readsWhatWasWrittenBeforeThereWereArtefactsAndCosts() {
        String text = SchedulerJson.write(new SchedulerEvent.Submit(job("a", "h100-sxm", 8)));
        String older = text.replaceAll(",\"artefacts\":\\{[^}]*}", "");
        assertTrue(older.length() < text.length(), text);
        SchedulerEvent.Submit read = (SchedulerEvent.Submit) SchedulerJson.read(older, SchedulerEvent.class);
        assertEquals(Artefacts.NONE, read.spec().artefacts());
    }

    private static JobSpec job(String id, String accelerator, int devices) {
        return new JobSpec(
                id,
                "q",
                JobKind.SERVING,
                0,
                TaskSpec.devices(devices, accelerator),
                new GangSpec(1, 1, null, null),
                null,
                CheckpointSpec.none(),
                JobSpec.Limits.none(),
                new Artefacts("image", 1_000, "weights", 2_000));
    }

    private static SchedulerSetup setup() {
        return new SchedulerSetup(
                SchedulerPolicy.defaults(),
                Policies.named("pagoda", ArrivalMix.UNKNOWN, 0),
                LinkTable.defaults(),
                Units.of(CATALOGUE.all()),
                new NodeBook(CATALOGUE, FIRST.nodes(CATALOGUE)),
                100);
    }
}
