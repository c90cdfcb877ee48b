package dev.pagoda.deploy.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.deploy.console.HouseSnapshot.About;
import dev.pagoda.deploy.console.HouseSnapshot.Collection;
import dev.pagoda.deploy.console.HouseSnapshot.Compute;
import dev.pagoda.deploy.console.HouseSnapshot.Device;
import dev.pagoda.deploy.console.HouseSnapshot.DeviceState;
import dev.pagoda.deploy.console.HouseSnapshot.Node;
import dev.pagoda.deploy.console.HouseSnapshot.NodeState;
import dev.pagoda.deploy.console.HouseSnapshot.Vectors;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class HouseSnapshotTest {

    @Test
    void countsEverythingBeforeItCutsTheRows() {
        var collections = Collections.nCopies(1_000, new Collection("docs", 7, "384 cosine"));

        var vectors = Vectors.of(collections, 0, 0);

        assertEquals(7_000, vectors.points());
        assertEquals(1_000, vectors.collectionCount());
        assertEquals(HouseSnapshot.MAX_ROWS, vectors.collections().size());
        assertEquals(1_000 - HouseSnapshot.MAX_ROWS, vectors.moreCollections());
    }

    @Test
    void countsAllDevicesOfANodeThatIsDownAsFailed() {
        var devices = List.of(
                new Device(DeviceState.BUSY, "m", 1, 8),
                new Device(DeviceState.FREE, null, 0, 8),
                new Device(DeviceState.FAILED, null, 0, 8));

        var compute = Compute.of(
                List.of(new Node("a", "L20", NodeState.UP, devices), new Node("b", "L20", NodeState.DOWN, devices)), 0);

        assertEquals(6, compute.devices());
        assertEquals(1, compute.busy());
        assertEquals(4, compute.failed());
    }

    @Test
    void writesStatesInLowerCaseAndLeavesAbsentFloorsOut() {
        var device = new Device(DeviceState.FREE, null, 0, 8);
        var compute = Compute.of(List.of(new Node("a", "L20", NodeState.DRAINING, List.of(device))), 0);
        var house = new HouseSnapshot(1, new About("1", 0), compute, null, null, null, null, null);

        var event = HouseFeed.event("house", house).toString(StandardCharsets.UTF_8);

        assertTrue(event.startsWith("event: house\ndata: {"), event);
        assertTrue(event.endsWith("}\n\n"), event);
        assertTrue(event.contains("\"state\":\"draining\""), event);
        assertFalse(event.contains("gateway"), event);
        assertFalse(event.contains("null"), event);
    }

    @Test
    void refusesImpossibleNumbers() {
        assertThrows(IllegalArgumentException.class, () -> new Device(DeviceState.BUSY, "m", 9, 8));
        assertThrows(IllegalArgumentException.class, () -> new Collection("docs", -1, "384 cosine"));
        assertThrows(IllegalArgumentException.class, () -> new Compute(1, 1, 1, 0, 0, List.of()));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Vectors(
                        0, 0, 0, 0, 0, Collections.nCopies(HouseSnapshot.MAX_ROWS + 1, new Collection("a", 1, "1"))));
    }
}
