package dev.pagoda.compute.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.ComputeConfig;
import dev.pagoda.compute.api.DeviceRef;
import dev.pagoda.compute.api.DeviceView;
import dev.pagoda.compute.api.FleetStatus;
import dev.pagoda.compute.api.NodeState;
import dev.pagoda.compute.api.NodeView;
import dev.pagoda.compute.api.PlaceGang;
import dev.pagoda.compute.fleet.AcceleratorCatalogue;
import dev.pagoda.compute.fleet.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Random events on fleets; a failure names the seed and the event.
final class PlacementsRandomTest {
    private static final AcceleratorCatalogue CATALOGUE = AcceleratorCatalogue.shipped();
    private static final long GIB = 1L << 30;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void conservesDevicesUnderAnyEvents(long seed) {
        var random = new SplittableRandom(seed);
        List<Node> nodes = ComputeConfig.defaults().fleet(CATALOGUE);
        var fleet = new Placements(nodes, random.nextBoolean() ? Strategy.BINPACK : Strategy.SPREAD, 0);
        List<String> ids = nodes.stream().map(Node::id).toList();
        for (int event = 1; event <= 20_000; event++) {
            String node = ids.get(random.nextInt(ids.size()));
            switch (random.nextInt(12)) {
                case 0 -> fleet.fail(node, event);
                case 1, 2 -> fleet.recover(node, event);
                case 3, 4, 5, 6 -> {
                    List<Placement> held = List.copyOf(fleet.placements());
                    if (!held.isEmpty()) {
                        fleet.release(held.get(random.nextInt(held.size())).id());
                    }
                }
                default -> fleet.place(randomGang(random, 10, List.of("h100-sxm", "l20", "mi300x", "a10")), event);
            }
            assertConserved(fleet, nodes, "seed " + seed + ", event " + event);
        }
    }

    @ParameterizedTest
    @EnumSource(Strategy.class)
    void agreesWithExhaustiveSearchOnSmallFleets(Strategy strategy) {
        for (long seed = 1; seed <= 60; seed++) {
            var random = new SplittableRandom(seed);
            List<Node> nodes = smallFleet(random);
            var fleet = new Placements(nodes, strategy, 0);
            for (int event = 1; event <= 60; event++) {
                String node = nodes.get(random.nextInt(nodes.size())).id();
                switch (random.nextInt(8)) {
                    case 0 -> fleet.fail(node, event);
                    case 1 -> fleet.recover(node, event);
                    case 2, 3 -> fleet.placements().stream().findFirst().ifPresent(p -> fleet.release(p.id()));
                    default -> {
                        PlaceGang gang = randomGang(random, 5, List.of("l20", "l4"));
                        var oracle = new ExhaustivePlacement(fleet.nodes(), nodes);
                        oracle.check(gang, fleet.place(gang, event), strategy, "seed " + seed + ", event " + event);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void sameEventsGiveSamePlacements(long seed) {
        assertEquals(transcript(seed), transcript(seed));
    }

    private static List<Verdict> transcript(long seed) {
        var random = new SplittableRandom(seed);
        var fleet = new Placements(ComputeConfig.defaults().fleet(CATALOGUE), Strategy.SPREAD, 0);
        List<Verdict> verdicts = new ArrayList<>();
        for (int event = 0; event < 500; event++) {
            verdicts.add(fleet.place(randomGang(random, 4, List.of("h100-sxm", "l20")), event));
            fleet.release("p-" + random.nextInt(500));
        }
        return verdicts;
    }

    private static List<Node> smallFleet(SplittableRandom random) {
        List<Node> nodes = new ArrayList<>();
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            String kind = random.nextInt(3) == 0 ? "l4" : "l20";
            nodes.add(new Node("n-" + i, CATALOGUE.get(kind), 1 + random.nextInt(3), GIB));
        }
        return nodes;
    }

    private static PlaceGang randomGang(SplittableRandom random, int most, List<String> kinds) {
        List<String> preference = new ArrayList<>();
        for (int left = random.nextInt(3); left > 0; left--) {
            preference.add(kinds.get(random.nextInt(kinds.size())));
        }
        return new PlaceGang(
                "test", 1 + random.nextInt(most), random.nextInt(60) * GIB, preference, random.nextBoolean());
    }

    private static void assertConserved(Placements fleet, List<Node> nodes, String when) {
        Map<DeviceRef, String> given = new HashMap<>();
        for (Placement placement : fleet.placements()) {
            for (DeviceRef device : placement.devices()) {
                String other = given.put(device, placement.id());
                assertEquals(null, other, when + ": a device was given twice");
                assertEquals(placement.accelerator().id(), device.accelerator(), when);
            }
            assertTrue(
                    placement.bytesPerDevice()
                            <= placement.accelerator().memory().bytes(),
                    when);
        }
        int devices = 0;
        int free = 0;
        List<NodeView> views = fleet.nodes();
        for (int i = 0; i < views.size(); i++) {
            NodeView view = views.get(i);
            assertEquals(nodes.get(i).devices(), view.devices().size(), when);
            for (DeviceView device : view.devices()) {
                var ref = new DeviceRef(view.id(), device.index(), view.accelerator());
                assertEquals(given.get(ref), device.placementId(), when);
                assertTrue(device.usedBytes() <= device.memoryBytes(), when);
                assertTrue(device.isFree() || view.state() == NodeState.UP, when + ": a dead device is held");
                devices++;
                free += device.isFree() ? 1 : 0;
            }
        }
        int used = fleet.status().accelerators().stream()
                .mapToInt(FleetStatus.KindStatus::used)
                .sum();
        assertEquals(given.size(), used, when);
        assertEquals(devices, free + used, when);
    }
}
