package dev.pagoda.compute.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class ColdStartTest {
    private static final AcceleratorCatalogue CATALOGUE = AcceleratorCatalogue.shipped();
    private static final HostLink LINK = CATALOGUE.hostLink("h100-sxm");
    private static final long GB = 1_000_000_000L;
    private static final ColdStart.Load LOAD = new ColdStart.Load("image", 9 * GB, "weights", 140 * GB);

    @Test
    void secondStartOnANodeFindsImageAndWeights() {
        Node node = node(StorageTier.OBJECT, IsolationMode.CONTAINER);
        var cache = new ArtefactCache(node.service().cacheBytes());
        ColdStart first = ColdStart.on(node, cache, LOAD, 8, 1, LINK);
        ColdStart second = ColdStart.on(node, cache, LOAD, 8, 1, LINK);
        // 9 GB at 2 GB/s and the first byte, then unpacked at 300 MB/s
        assertEquals(4_600_000 + 30_000_000, first.imageMicros());
        assertEquals(70_100_000, first.weightsMicros());
        assertEquals(34_600_000 + 500_000 + 70_100_000, first.totalMicros());
        assertEquals(0, second.imageMicros());
        // 140 GB at 12 GB/s
        assertEquals(11_666_867, second.weightsMicros());
    }

    @Test
    void flashIsSlowOnlyForNarrowPorts() {
        Node wide = node(StorageTier.ALL_FLASH, IsolationMode.CONTAINER, NetworkTier.INFINIBAND_NDR);
        Node narrow = node(StorageTier.ALL_FLASH, IsolationMode.CONTAINER, NetworkTier.ETHERNET_25);
        assertEquals(7_001_000, start(wide, 1).weightsMicros());
        assertEquals(44_801_000, start(narrow, 1).weightsMicros());
    }

    @Test
    void manyReadersShareTheStorage() {
        Node node = node(StorageTier.OBJECT, IsolationMode.CONTAINER, NetworkTier.INFINIBAND_NDR);
        assertEquals(start(node, 1).weightsMicros(), start(node, 25).weightsMicros());
        assertTrue(start(node, 100).weightsMicros() > 3 * start(node, 25).weightsMicros());
    }

    @Test
    void isolationAddsItsStart() {
        long container =
                start(node(StorageTier.OBJECT, IsolationMode.CONTAINER), 1).totalMicros();
        long machine = start(node(StorageTier.OBJECT, IsolationMode.VM), 1).totalMicros();
        long metal =
                start(node(StorageTier.OBJECT, IsolationMode.BARE_METAL), 1).totalMicros();
        assertEquals(19_500_000, machine - container);
        assertEquals(599_500_000, metal - container);
    }

    @Test
    void loadingIntoOneDeviceIsSlowerThanIntoEight() {
        Node node = node(StorageTier.ALL_FLASH, IsolationMode.CONTAINER, NetworkTier.INFINIBAND_NDR);
        var one = ColdStart.on(node, new ArtefactCache(0), LOAD, 1, 1, LINK);
        var eight = ColdStart.on(node, new ArtefactCache(0), LOAD, 8, 1, LINK);
        assertEquals(8.0, (double) one.loadMicros() / eight.loadMicros(), 0.001);
    }

    @Test
    void cacheDropsWhatWasUsedLeastRecently() {
        var cache = new ArtefactCache(100);
        use(cache, "a", 40);
        use(cache, "b", 40);
        use(cache, "a", 40);
        use(cache, "c", 40);
        assertTrue(cache.holds("a"));
        assertFalse(cache.holds("b"));
        assertTrue(cache.holds("c"));
        assertEquals(80, cache.usedBytes());
    }

    @Test
    void cacheKeepsWhatIsInUse() {
        var cache = new ArtefactCache(100);
        assertFalse(cache.use("a", 60));
        assertFalse(cache.use("b", 60));
        assertFalse(cache.holds("b"));
        assertTrue(cache.use("a", 60));
        cache.release("a");
        cache.release("a");
        assertFalse(cache.use("b", 60));
        assertTrue(cache.holds("b"));
        assertFalse(cache.holds("a"));
    }

    @Test
    void cacheNeverHoldsMoreThanItsDisksDo() {
        var random = new SplittableRandom(5);
        var cache = new ArtefactCache(1_000);
        Map<String, Integer> users = new HashMap<>();
        for (int i = 0; i < 20_000; i++) {
            String name = "a" + random.nextInt(60);
            if (random.nextBoolean()) {
                boolean wasHeld = cache.holds(name);
                assertEquals(wasHeld, cache.use(name, 1 + name.hashCode() % 300));
                if (cache.holds(name)) {
                    users.merge(name, 1, Integer::sum);
                }
            } else if (users.getOrDefault(name, 0) > 0) {
                cache.release(name);
                users.merge(name, -1, Integer::sum);
            }
            assertTrue(cache.usedBytes() >= 0 && cache.usedBytes() <= 1_000, "event " + i);
            users.forEach((held, count) -> assertTrue(count == 0 || cache.holds(held), held));
        }
        cache.clear();
        assertEquals(0, cache.usedBytes());
    }

    @Test
    void refusesSizesBelowNothing() {
        assertThrows(IllegalArgumentException.class, () -> new ArtefactCache(-1));
        assertThrows(IllegalArgumentException.class, () -> new ArtefactCache(1).use("a", -1));
        assertThrows(IllegalArgumentException.class, () -> new ColdStart.Load("i", -1, "w", 0));
        assertThrows(IllegalArgumentException.class, () -> StorageTier.OBJECT.bytesPerSecond(0));
    }

    private static void use(ArtefactCache cache, String name, long bytes) {
        cache.use(name, bytes);
        cache.release(name);
    }

    private static ColdStart start(Node node, int readers) {
        return ColdStart.on(node, new ArtefactCache(0), LOAD, 8, readers, LINK);
    }

    private static Node node(StorageTier storage, IsolationMode isolation) {
        return node(storage, isolation, NetworkTier.ETHERNET_100);
    }

    private static Node node(StorageTier storage, IsolationMode isolation, NetworkTier network) {
        var site = new Site(null, null, null, network, null, storage, null, isolation);
        return new NodeGroup(1, "h", "h100-sxm", 8, 2_048, null, site, null, null)
                .nodes(CATALOGUE)
                .getFirst();
    }
}
