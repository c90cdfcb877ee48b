package dev.pagoda.compute.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.fleet.AcceleratorCatalogue;
import dev.pagoda.compute.fleet.NodeGroup;
import dev.pagoda.compute.kubernetes.ResourceNames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Gangs whose tasks ask for parts of cards, beside gangs that ask for whole ones.
final class SharedCardsAndGangsTest {
    private static final AcceleratorCatalogue CATALOGUE = AcceleratorCatalogue.shipped();
    private static final ResourceNames NAMES = new ResourceNames(CATALOGUE);

    private final Cluster cluster = FleetHosts.cluster(new NodeGroup(2, "a", "a100-sxm-80g", 4, 512).nodes(CATALOGUE));
    private final Placer placer = new Placer(cluster, new BestFit());

    @Test
    void gangOfHalvesFillsEveryCardTwiceAndNoneThrice() {
        List<Allotment> halves = granted(gang(16, "nvidia.com/gpucores", "50", "nvidia.com/gpumem", "40960"));
        Map<String, Integer> tasks = new HashMap<>();
        halves.forEach(
                each -> tasks.merge(each.node() + "/" + each.grants().getFirst().device(), 1, Integer::sum));
        assertEquals(8, tasks.size());
        assertEquals(Set.of(2), Set.copyOf(tasks.values()));
        assertRefused(gang(1, "nvidia.com/gpucores", "1", "nvidia.com/gpumem", "1"));
    }

    @Test
    void gangThatMissesOnePartGetsNothing() {
        granted(gang(1, "nvidia.com/gpucores", "60", "nvidia.com/gpumem", "1000"));
        long free = free();
        assertRefused(gang(16, "nvidia.com/gpucores", "50", "nvidia.com/gpumem", "1000"));
        assertEquals(free, free());
        assertEquals(
                14,
                granted(gang(14, "nvidia.com/gpucores", "50", "nvidia.com/gpumem", "1000"))
                        .size());
    }

    @Test
    void memoryOfASharedCardBindsBeforeItsCores() {
        assertEquals(
                8,
                granted(gang(8, "nvidia.com/gpucores", "10", "nvidia.com/gpumem", "60000"))
                        .size());
        assertRefused(gang(1, "nvidia.com/gpucores", "10", "nvidia.com/gpumem", "30000"));
        assertEquals(
                8,
                granted(gang(8, "nvidia.com/gpucores", "90", "nvidia.com/gpumem", "20000"))
                        .size());
    }

    @Test
    void wholeCardIsNotGivenWhileAnybodyHasAPartOfIt() {
        List<Allotment> crumbs = granted(gang(1, "nvidia.com/gpucores", "1", "nvidia.com/gpumem", "100"));
        assertRefused(gang(8, "nvidia.com/gpu", "1"));
        assertEquals(7, granted(gang(7, "nvidia.com/gpu", "1")).size());
        crumbs.forEach(cluster::release);
        assertEquals(1, granted(gang(1, "nvidia.com/gpu", "1")).size());
    }

    @Test
    void partIsNotGivenOfACardThatSomebodyHasWhole() {
        granted(gang(2, "nvidia.com/gpu", "4"));
        assertRefused(gang(1, "nvidia.com/gpucores", "1", "nvidia.com/gpumem", "1"));
    }

    @Test
    void tasksOfOneGangMayShareACardButDevicesOfOneTaskAreDistinct() {
        List<Allotment> tasks = granted(gang(4, "nvidia.com/gpu", "2", "nvidia.com/gpucores", "25"));
        for (Allotment task : tasks) {
            Set<Integer> devices = new HashSet<>();
            task.grants().forEach(grant -> assertTrue(devices.add(grant.device())));
            assertEquals(2, devices.size());
        }
    }

    @Test
    void elasticGangOfPartsTakesWhatThereIsAboveItsMinimum() {
        granted(gang(6, "nvidia.com/gpu", "1"));
        Demand quarter = demand("nvidia.com/gpucores", "25", "nvidia.com/gpumem", "20000");
        List<Allotment> got = granted(Gang.elastic(quarter, 2, 100));
        assertEquals(8, got.size());
        got.forEach(cluster::release);
        assertRefused(Gang.elastic(quarter, 9, 100));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void gangsOfPartsAndGangsOfWholesNeverWaitForEachOtherWithCardsInHand(long seed) {
        var random = new SplittableRandom(seed);
        List<List<Allotment>> running = new ArrayList<>();
        for (int turn = 0; turn < 300; turn++) {
            Gang gang = random.nextBoolean()
                    ? gang(1 + random.nextInt(10), "nvidia.com/gpucores", "" + (1 + random.nextInt(100)))
                    : gang(1 + random.nextInt(4), "nvidia.com/gpu", "" + (1 + random.nextInt(4)));
            long before = free();
            if (placer.place(gang) instanceof GangVerdict.Granted granted) {
                assertEquals(gang.minTasks(), granted.allotments().size());
                running.add(granted.allotments());
            } else {
                assertEquals(before, free(), "a gang that waits holds something");
                if (!running.isEmpty()) {
                    running.removeFirst().forEach(cluster::release);
                }
            }
            cluster.check();
        }
        running.forEach(each -> each.forEach(cluster::release));
        assertEquals(8_000, free());
    }

    private long free() {
        long free = 0;
        for (int node = 0; node < cluster.nodes(); node++) {
            for (int device = 0; device < cluster.host(node).devices(); device++) {
                free += cluster.freeMilli(node, device);
            }
        }
        return free;
    }

    private List<Allotment> granted(Gang gang) {
        List<Allotment> allotments =
                assertInstanceOf(GangVerdict.Granted.class, placer.place(gang)).allotments();
        cluster.check();
        return allotments;
    }

    private void assertRefused(Gang gang) {
        assertInstanceOf(GangVerdict.Refused.class, placer.place(gang));
        cluster.check();
    }

    private static Gang gang(int tasks, String... resources) {
        return Gang.of(demand(resources), tasks);
    }

    private static Demand demand(String... resources) {
        Map<String, String> map = new HashMap<>();
        for (int i = 0; i < resources.length; i += 2) {
            map.put(resources[i], resources[i + 1]);
        }
        assertFalse(map.isEmpty());
        return NAMES.parse(map).demand(List.of(CATALOGUE.get("a100-sxm-80g")));
    }
}
