package dev.pagoda.compute.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.fleet.AcceleratorCatalogue;
import dev.pagoda.compute.fleet.Node;
import dev.pagoda.compute.fleet.NodeGroup;
import dev.pagoda.compute.fleet.PartitionProfile;
import dev.pagoda.compute.fleet.PartitionScheme;
import dev.pagoda.compute.fleet.PartitionSchemes;
import dev.pagoda.compute.fleet.PartitionState;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Random allocations, releases, failures, repairs, drains and repartitions on a mixed fleet, interleaved as
/// many clients would: nothing is given twice, nothing leaks, and after every event what is free and what is
/// held make up the capacity, by the account of a [CapacityLedger]. A failure names its seed and its event.
final class CapacityConservationTest {
    private static final AcceleratorCatalogue CATALOGUE = AcceleratorCatalogue.shipped();
    private static final long GIB = 1L << 30;
    private static final List<Topology.Level> LEVELS = List.of(Topology.Level.values());
    private static final int EVENTS_A_FULL_CHECK = 2_000;

    /// Nine sorts of device from four makers, with every way of dividing them.
    private static final List<NodeGroup> GROUPS = List.of(
            new NodeGroup(3, "h100", "h100-sxm", 8, 512),
            new NodeGroup(2, "a100", "a100-sxm-40g", 4, 256, null, null, "mig", null),
            new NodeGroup(2, "rtx", "rtx-pro-6000", 4, 256, null, null, "mig", null),
            new NodeGroup(2, "mi300x", "mi300x", 8, 512, null, null, "cpx_nps4", null),
            new NodeGroup(2, "b3", "ascend-910b3", 8, 512),
            new NodeGroup(2, "c", "ascend-910c", 4, 512, null, null, "vnpu", null),
            new NodeGroup(2, "p3", "ascend-310p3", 4, 128, null, null, "vnpu", null),
            new NodeGroup(3, "t4", "t4", 4, 64, null, null, "time-slicing-4", null),
            new NodeGroup(2, "gaudi", "gaudi3", 8, 512));

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void nothingIsGivenTwiceAndNothingLeaks(long seed) {
        new Soak(seed).run(4_000);
    }

    @Test
    @Tag("slow")
    void nothingIsGivenTwiceAndNothingLeaksInAMillionEvents() {
        new Soak(42).run(1_000_000);
    }

    /// One run: a cluster, its ledger, and the repartitioner that brings devices into other modes.
    private static final class Soak {
        private final SplittableRandom random;
        private final long seed;
        private final List<Node> fleet = GROUPS.stream()
                .flatMap(group -> group.nodes(CATALOGUE).stream())
                .toList();
        private final List<Host> hosts = fleet.stream().map(FleetHosts::of).toList();
        private final Cluster cluster = FleetHosts.cluster(fleet);
        private final CapacityLedger ledger = new CapacityLedger(hosts);
        private final Repartitioner modes = new Repartitioner(cluster);
        private final List<Allotment> alive = new ArrayList<>();
        private final List<Allotment> gone = new ArrayList<>();
        private final List<Placer> placers;
        private long nowMicros;
        private int placed;
        private int refused;
        private int repartitioned;
        private String when = "";

        Soak(long seed) {
            this.seed = seed;
            this.random = new SplittableRandom(seed);
            this.placers = List.of(
                    new Placer(cluster, new BestFit()),
                    new Placer(cluster, new Spread()),
                    new Placer(cluster, new TopologyAware()),
                    new Placer(cluster, new Lottery(seed)));
            for (int node = 0; node < fleet.size(); node++) {
                for (int device = 0; device < fleet.get(node).devices(); device++) {
                    ledger.divide(node, device, fleet.get(node).mode().name());
                }
            }
        }

        void run(int events) {
            for (int event = 1; event <= events; event++) {
                when = "seed " + seed + ", event " + event;
                nowMicros += random.nextInt(2_000_000);
                advance();
                int node = random.nextInt(fleet.size());
                int device = random.nextInt(fleet.get(node).devices());
                switch (random.nextInt(100)) {
                    case 0 -> fail(node);
                    case 1, 2 -> fail(node, device);
                    case 3, 4, 5, 6 -> repair(node);
                    case 7, 8, 9, 10, 11, 12 -> repair(node, device);
                    case 13 -> cluster.drain(node);
                    case 14, 15, 16, 17 -> askForMode(node, device);
                    case 18, 19 -> releaseAgain();
                    case 20, 21, 22, 23, 24 -> forge(node);
                    case 25, 26, 27 -> placeGang();
                    case 28 -> tryOnAFork();
                    case 29, 30, 31, 32, 33, 34, 35, 36, 37, 38 -> release(2);
                    default -> {
                        if (random.nextInt(100) < 40) {
                            release(1);
                        } else {
                            place();
                        }
                    }
                }
                ledger.compare(cluster, node, when);
                if (event % EVENTS_A_FULL_CHECK == 0) {
                    ledger.compareAll(cluster, when);
                }
            }
            assertTrue(placed > events / 8, placed + " placed");
            assertTrue(refused > events / 100, refused + " refused");
            assertTrue(repartitioned > events / 2_000, repartitioned + " repartitioned");
            empty();
        }

        private void place() {
            Demand demand = demand();
            Optional<Allotment> got =
                    placers.get(random.nextInt(placers.size())).place(demand);
            if (got.isPresent()) {
                given(got.get());
                ledger.compare(cluster, got.get().node(), when);
            } else {
                refused++;
                boolean isUndivided = !(demand.share() instanceof Share.Slice) || demand.devices() == 0;
                assertFalse(
                        isUndivided && ledger.hasRoom(cluster, demand), () -> when + ": no room found for " + demand);
            }
        }

        private void placeGang() {
            int count = 1 + random.nextInt(6);
            Gang gang = Gang.elastic(demand(), 1 + random.nextInt(count), count)
                    .within(new Topology(LEVELS.get(random.nextInt(LEVELS.size())), random.nextBoolean()));
            switch (placers.get(random.nextInt(placers.size())).place(gang)) {
                case GangVerdict.Granted granted -> {
                    granted.allotments().forEach(this::given);
                    granted.allotments().forEach(each -> ledger.compare(cluster, each.node(), when));
                }
                case GangVerdict.Refused no -> refused++;
            }
        }

        private void given(Allotment allotment) {
            ledger.give(allotment);
            for (Grant grant : allotment.grants()) {
                assertTrue(
                        modes.state(allotment.node(), grant.device()).takesWork(),
                        () -> when + ": a device that is on its way to another mode took work");
            }
            alive.add(allotment);
            placed++;
        }

        private void release(int count) {
            for (int i = 0; i < count && !alive.isEmpty(); i++) {
                int last = alive.size() - 1;
                int at = random.nextInt(alive.size());
                Allotment allotment = alive.get(at);
                alive.set(at, alive.get(last));
                alive.remove(last);
                cluster.release(allotment);
                lost(allotment);
                settle(allotment.node());
                ledger.compare(cluster, allotment.node(), when);
            }
        }

        private void lost(Allotment allotment) {
            ledger.takeBack(allotment);
            if (gone.size() < 1_000) {
                gone.add(allotment);
            } else {
                gone.set(random.nextInt(gone.size()), allotment);
            }
        }

        /// What was taken back is not held any more, however often somebody says so.
        private void releaseAgain() {
            if (!gone.isEmpty()) {
                Allotment allotment = gone.get(random.nextInt(gone.size()));
                assertThrows(IllegalArgumentException.class, () -> cluster.release(allotment), when);
                ledger.compare(cluster, allotment.node(), when);
            }
        }

        /// Somebody names the devices himself, mostly wrongly: the cluster must take exactly what the ledger
        /// would.
        private void forge(int node) {
            Demand demand = demand();
            List<Grant> grants = new ArrayList<>();
            for (int i = demand.devices() - random.nextInt(40) / 39; i > 0; i--) {
                grants.add(grant(node, demand.share()));
            }
            boolean isOpen = cluster.condition(node) == Condition.UP
                    && grants.stream().allMatch(grant -> cluster.condition(node, grant.device()) == Condition.UP);
            boolean isRight = isOpen && ledger.mayGive(node, demand, grants);
            if (isRight) {
                given(cluster.allot(node, demand, grants));
                ledger.compare(cluster, node, when);
            } else {
                assertThrows(
                        IllegalArgumentException.class,
                        () -> cluster.allot(node, demand, grants),
                        () -> when + ": " + demand + " on " + hosts.get(node).id() + " got " + grants);
            }
        }

        private Grant grant(int node, Share share) {
            Host host = hosts.get(node);
            int device = random.nextInt(host.devices());
            return switch (share) {
                case Share.Whole whole -> new Grant(device, 1_000, host.deviceBytes(), 0);
                case Share.Fraction part -> new Grant(device, part.milli(), part.bytes(), 0);
                case Share.Slice slice -> {
                    Optional<PartitionScheme> mode = cluster.mode(node, device);
                    int profile =
                            mode.map(each -> each.indexOf(slice.profile())).orElse(-1);
                    if (profile < 0) {
                        yield new Grant(device, 0, GIB, 1L << random.nextInt(8));
                    }
                    List<Long> places = mode.orElseThrow().placements(profile, 0);
                    yield new Grant(
                            device,
                            0,
                            mode.orElseThrow().profiles().get(profile).memoryBytes(),
                            places.get(random.nextInt(places.size())));
                }
            };
        }

        private void fail(int node) {
            Set<Long> victims = ledger.victims(node, -1);
            lose(cluster.fail(node), victims);
            ledger.down(node, true);
            settle(node);
        }

        private void fail(int node, int device) {
            Set<Long> victims = ledger.victims(node, device);
            lose(modes.failed(node, device, nowMicros), victims);
            ledger.down(node, device, true);
            settle(node);
        }

        private void lose(List<Allotment> lost, Set<Long> victims) {
            assertEquals(
                    victims,
                    lost.stream().map(Allotment::id).collect(Collectors.toSet()),
                    () -> when + ": others lost their devices");
            alive.removeIf(each -> victims.contains(each.id()));
            lost.forEach(this::lost);
        }

        private void repair(int node) {
            cluster.open(node);
            ledger.down(node, false);
        }

        private void repair(int node, int device) {
            modes.repaired(node, device);
            ledger.down(node, device, false);
        }

        /// A device is asked into another mode, or let be; it drains while it is in use.
        private void askForMode(int node, int device) {
            List<String> names = new ArrayList<>(List.of(PartitionSchemes.WHOLE_MODE));
            hosts.get(node).modes().forEach(mode -> names.add(mode.name()));
            String next = names.get(random.nextInt(names.size()));
            if (random.nextInt(4) == 0) {
                modes.callOff(node, device);
                return;
            }
            boolean isOnItsWay = modes.state(node, device) instanceof PartitionState.Switching switching
                    && !switching.next().name().equals(next);
            if (isOnItsWay || ledger.isDeviceDown(node, device)) {
                assertThrows(IllegalStateException.class, () -> modes.ask(node, device, next, nowMicros), when);
                return;
            }
            if (modes.ask(node, device, next, nowMicros) instanceof PartitionState.Draining) {
                assertFalse(ledger.isIdle(node, device), () -> when + ": an idle device drains");
                assertThrows(IllegalStateException.class, () -> cluster.repartition(node, device, next), when);
            }
            settle(node);
        }

        /// Tells the ledger which devices have begun to change; it refuses those that somebody holds.
        private void settle(int node) {
            modes.settle(nowMicros);
            for (int device = 0; device < fleet.get(node).devices(); device++) {
                String mode =
                        cluster.mode(node, device).map(PartitionScheme::name).orElse("whole");
                if (ledger.divide(node, device, mode)) {
                    repartitioned++;
                }
            }
        }

        /// Lets every change end that has had its time, and none before.
        private void advance() {
            for (Repartitioner.Place place : modes.advance(nowMicros)) {
                assertTrue(modes.state(place.node(), place.device()).takesWork(), when);
            }
            modes.next().ifPresent(next -> assertTrue(next > nowMicros, when));
        }

        /// What is tried on a fork leaves the cluster as it is.
        private void tryOnAFork() {
            Cluster fork = cluster.fork();
            var placer = new Placer(fork, new Spread());
            List<Allotment> tried = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                placer.place(demand()).ifPresent(tried::add);
            }
            int node = random.nextInt(fleet.size());
            Set<Long> lost = fork.fail(node).stream().map(Allotment::id).collect(Collectors.toCollection(HashSet::new));
            tried.stream().filter(each -> !lost.contains(each.id())).forEach(fork::release);
            fork.check(node);
            ledger.compare(cluster, node, when + ", after a fork");
        }

        /// Everything comes back, and then the cluster is as it was at first.
        private void empty() {
            when = "seed " + seed + ", at the end";
            while (!alive.isEmpty()) {
                release(1);
            }
            for (int node = 0; node < fleet.size(); node++) {
                repair(node);
                for (int device = 0; device < fleet.get(node).devices(); device++) {
                    repair(node, device);
                }
            }
            nowMicros += 3_600_000_000L;
            advance();
            assertEquals(List.of(), modes.moving());
            ledger.compareAll(cluster, when);
            assertEquals(Map.of(), ledger.held());
            for (int node = 0; node < fleet.size(); node++) {
                assertEquals(hosts.get(node).cpuMilli(), cluster.freeCpuMilli(node));
                assertEquals(hosts.get(node).memoryMib(), cluster.freeMemoryMib(node));
                for (int device = 0; device < fleet.get(node).devices(); device++) {
                    assertTrue(cluster.isIdle(node, device), when);
                    if (cluster.mode(node, device).isEmpty()) {
                        assertEquals(1_000, cluster.freeMilli(node, device));
                        assertEquals(hosts.get(node).deviceBytes(), cluster.freeBytes(node, device));
                    }
                }
            }
        }

        private Demand demand() {
            Set<String> accelerators = random.nextBoolean()
                    ? Set.of()
                    : Set.of(hosts.get(random.nextInt(hosts.size())).accelerator());
            int kind = random.nextInt(10);
            if (kind == 0) {
                return Demand.ofCpu(random.nextInt(40_000), random.nextInt(100_000));
            }
            long cpu = random.nextInt(8_000);
            long memory = random.nextInt(32_768);
            if (kind < 4) {
                return new Demand(
                        cpu, memory, 1 + random.nextInt(8), new Share.Whole(random.nextInt(100) * GIB), accelerators);
            }
            if (kind < 7) {
                return new Demand(
                        cpu,
                        memory,
                        1 + random.nextInt(20) / 16,
                        new Share.Fraction(1 + random.nextInt(1_000), random.nextInt(48) * GIB),
                        accelerators);
            }
            Host host = hosts.get(random.nextInt(hosts.size()));
            if (host.modes().isEmpty()) {
                return new Demand(cpu, memory, 1, new Share.Slice("1g.10gb"), accelerators);
            }
            PartitionScheme mode = host.modes().get(random.nextInt(host.modes().size()));
            List<PartitionProfile> profiles = mode.profiles();
            String profile = profiles.get(random.nextInt(profiles.size())).name();
            return new Demand(cpu, memory, 1 + random.nextInt(3), new Share.Slice(profile), Set.of());
        }
    }
}
