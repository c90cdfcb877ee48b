package dev.pagoda.compute.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.fleet.PartitionSchemes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The caches of a placer against a look at every node with a policy that has just been made.
class PlacerTest {
    private static final long GIB = 1L << 30;
    private static final long SEED = 20_261_122;
    private static final int EVENTS = 1_500;

    private static final List<Demand> DEMANDS = List.of(
            Demand.ofCpu(4_000, 2_048),
            Demand.ofDevices(6_000, 4_096, 1),
            Demand.ofDevices(16_000, 8_192, 1).on("a100", "v100"),
            Demand.ofDevices(12_000, 8_192, 2),
            Demand.ofDevices(32_000, 16_384, 4).on("a100"),
            part(470, 4 * GIB),
            part(810, 1 * GIB),
            part(160, 12 * GIB).on("v100"),
            new Demand(1_000, 512, 1, new Share.Slice("1g.5gb"), Set.of()),
            new Demand(1_000, 512, 2, new Share.Slice("2g.10gb"), Set.of("a100")));

    private static Demand part(int milli, long bytes) {
        return new Demand(4_000, 4_096, 1, new Share.Fraction(milli, bytes), Set.of());
    }

    static List<String> steadyPolicies() {
        return Policies.names().stream().filter(name -> !name.equals("Random")).toList();
    }

    private static Cluster cluster() {
        var mig = PartitionSchemes.mig("a100-40gb", 40 * GIB);
        List<String> links = List.of("x", "x", "y", "y");
        List<Host> hosts = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            hosts.add(
                    switch (i % 4) {
                        case 0 ->
                            new Host("m" + i, 64_000, 65_536, "a100", 4, 40 * GIB, Host.Domains.NONE, List.of(mig));
                        case 1 ->
                            new Host(
                                    "l" + i,
                                    48_000,
                                    65_536,
                                    "v100",
                                    4,
                                    16 * GIB,
                                    new Host.Domains(links, "", ""),
                                    List.of());
                        case 2 -> Host.of("s" + i, 16_000, 32_768, "v100", 2, 16 * GIB);
                        default -> Host.of("c" + i, 32_000, 32_768, "", 0, 0);
                    });
        }
        return new Cluster(hosts);
    }

    @ParameterizedTest
    @MethodSource("steadyPolicies")
    void choosesAsALookAtEveryNodeWould(String name) {
        SplittableRandom random = new SplittableRandom(SEED);
        ArrivalMix mix = ArrivalMix.of(DEMANDS);
        Cluster cluster = cluster();
        Placer placer = new Placer(cluster, Policies.named(name, mix, 0));
        List<Allotment> held = new ArrayList<>();
        for (int event = 0; event < EVENTS; event++) {
            int node = random.nextInt(cluster.nodes());
            switch (random.nextInt(24)) {
                case 0 -> held.removeAll(cluster.fail(node));
                case 1 -> cluster.drain(node);
                case 2, 3 -> cluster.open(node);
                case 4 -> divide(cluster, random);
                case 5, 6, 7, 8, 9, 10 -> {
                    if (!held.isEmpty()) {
                        cluster.release(held.remove(random.nextInt(held.size())));
                    }
                }
                default -> {
                    Demand demand = DEMANDS.get(random.nextInt(DEMANDS.size()));
                    int expected = look(cluster, Policies.named(name, mix, 0), demand);
                    Optional<Allotment> placed = placer.place(demand);
                    assertEquals(
                            expected,
                            placed.map(Allotment::node).orElse(-1),
                            "event " + event + " of seed " + SEED + ": " + demand);
                    placed.ifPresent(held::add);
                }
            }
            cluster.check();
        }
    }

    private static void divide(Cluster cluster, SplittableRandom random) {
        int node = 4 * random.nextInt(3);
        int device = random.nextInt(4);
        if (cluster.isIdle(node, device) && cluster.condition(node, device) == Condition.UP) {
            boolean isDivided = cluster.mode(node, device).isPresent();
            cluster.repartition(node, device, isDivided ? PartitionSchemes.WHOLE_MODE : "mig");
            cluster.open(node, device);
        }
    }

    private static int look(Cluster cluster, Policy policy, Demand demand) {
        int best = -1;
        int highest = Integer.MIN_VALUE;
        for (int node = 0; node < cluster.nodes(); node++) {
            if (cluster.fits(node, demand)) {
                int score = policy.score(cluster, node, demand);
                if (score > highest) {
                    highest = score;
                    best = node;
                }
            }
        }
        return best;
    }

    @Test
    void drawsEveryNodeThatFitsAboutAsOften() {
        Cluster cluster = new Cluster(List.of(
                Host.of("a", 1_000_000, 1_000_000, "", 0, 0),
                Host.of("b", 1_000_000, 1_000_000, "", 0, 0),
                Host.of("c", 0, 0, "", 0, 0)));
        Placer placer = new Placer(cluster, Policies.named("random", ArrivalMix.UNKNOWN, 7));
        int onFirst = 0;
        for (int i = 0; i < 1_000; i++) {
            int node = placer.place(Demand.ofCpu(1, 1)).orElseThrow().node();
            assertTrue(node < 2);
            onFirst += node == 0 ? 1 : 0;
        }
        assertTrue(onFirst > 400 && onFirst < 600, "on the first " + onFirst);
    }

    @Test
    void ourOwnPolicyPacksWhenItKnowsNothing() {
        Cluster cluster = new Cluster(
                List.of(Host.of("a", 8_000, 8_192, "h100", 8, 0), Host.of("b", 8_000, 8_192, "h100", 8, 0)));
        Placer placer = new Placer(cluster, Policies.named("pagoda", ArrivalMix.UNKNOWN, 0));
        for (int i = 0; i < 8; i++) {
            assertEquals(
                    0, placer.place(Demand.ofDevices(100, 100, 1)).orElseThrow().node());
        }
        assertEquals(
                1, placer.place(Demand.ofDevices(100, 100, 1)).orElseThrow().node());
    }

    @Test
    void ourOwnPolicyKeepsCoresForTheDevicesThatNeedThem() {
        Cluster cluster = new Cluster(
                List.of(Host.of("few", 64_000, 262_144, "h100", 8, 0), Host.of("many", 96_000, 262_144, "h100", 2, 0)));
        Demand training = Demand.ofDevices(8_000, 8_192, 1);
        Demand service = Demand.ofCpu(16_000, 8_192);
        ArrivalMix mix = ArrivalMix.of(List.of(training, training, training, service));
        Placer ours = new Placer(cluster.fork(), Policies.named("pagoda", mix, 0));
        assertEquals(1, ours.place(service).orElseThrow().node());
        Placer theirs = new Placer(cluster.fork(), Policies.named("fgd", mix, 0));
        assertEquals(0, theirs.place(service).orElseThrow().node());
    }

    @Test
    void fragmentsAreWhatTypicalTasksCannotUse() {
        Cluster cluster = new Cluster(List.of(Host.of("a", 8_000, 8_192, "t4", 2, 0)));
        List<TypicalTask> typical = List.of(
                new TypicalTask(new Demand(1_000, 0, 1, new Share.Fraction(600, 0), Set.of()), 0.5),
                new TypicalTask(Demand.ofDevices(4_000, 0, 2), 0.25),
                new TypicalTask(Demand.ofCpu(1_000, 0), 0.125),
                new TypicalTask(Demand.ofDevices(1_000, 0, 1).on("h100"), 0.125));
        Fragmentation fragmentation = new Fragmentation(typical);
        // Idle, only the task without devices and the refused one can use nothing.
        assertEquals(2_000 * 0.25, fragmentation.of(cluster, 0), 1e-9);
        cluster.allot(
                0, new Demand(1_000, 0, 1, new Share.Fraction(500, 0), Set.of()), List.of(new Grant(1, 500, 0, 0)));
        // The rest of 500 is lost to the first task, everything to the second.
        assertEquals(500 * 0.5 + 1_500 * 0.5, fragmentation.of(cluster, 0), 1e-9);
    }

    @Test
    void knowsItsPoliciesByTheirNames() {
        assertEquals("BestFit", Policies.canonical("best-fit"));
        assertEquals("GpuClustering", Policies.canonical("GPUCLUSTERING"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Policies.canonical("bestt"))
                .toString()
                .contains("Pagoda"));
    }
}
