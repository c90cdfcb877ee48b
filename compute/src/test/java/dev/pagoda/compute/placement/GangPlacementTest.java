package dev.pagoda.compute.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GangPlacementTest {
    private static final Demand EIGHT = Demand.ofDevices(8_000, 8_192, 8);
    private static final Demand ONE = Demand.ofDevices(1_000, 1_024, 1);

    private static Placer placer(Cluster cluster) {
        return new Placer(cluster, Policies.named("best-fit", List.of(), 0));
    }

    private static Cluster racks(int racks, int nodesEach) {
        List<Host> hosts = new ArrayList<>();
        for (int rack = 0; rack < racks; rack++) {
            for (int node = 0; node < nodesEach; node++) {
                hosts.add(new Host(
                        "r" + rack + "n" + node,
                        64_000,
                        65_536,
                        "h100",
                        8,
                        80L << 30,
                        new Host.Domains(List.of(), "rack-" + rack, "zone"),
                        List.of()));
            }
        }
        return new Cluster(hosts);
    }

    private static List<Allotment> granted(GangVerdict verdict) {
        return assertInstanceOf(GangVerdict.Granted.class, verdict).allotments();
    }

    private static Refusal refused(GangVerdict verdict) {
        return assertInstanceOf(GangVerdict.Refused.class, verdict).refusal();
    }

    @Test
    void twoGangsThatWouldEachHoldAPartOfTheClusterDoNotLockEachOther() {
        Cluster cluster = racks(2, 8);
        Placer placer = placer(cluster);
        assertEquals(100, granted(placer.place(Gang.of(ONE, 100))).size());
        Refusal refusal = refused(placer.place(Gang.of(ONE, 100)));
        assertEquals(28, refusal.placed());
        assertEquals(72, refusal.missing());
        assertEquals(Lack.DEVICES_BUSY, refusal.dominant());
        int held = IntStream.range(0, cluster.nodes())
                .map(node -> cluster.allotments(node).size())
                .sum();
        assertEquals(100, held);
        cluster.check();
    }

    @Test
    void sixAndTwoFreeDevicesInTwoLinkDomainsAreNotEightConnectedOnes() {
        List<String> links = IntStream.range(0, 16)
                .mapToObj(device -> device < 8 ? "left" : "right")
                .toList();
        Cluster cluster = new Cluster(List.of(
                new Host("a", 64_000, 65_536, "ascend", 16, 64L << 30, new Host.Domains(links, "", ""), List.of())));
        Placer placer = placer(cluster);
        for (int device : List.of(0, 1, 8, 9, 10, 11, 12, 13)) {
            cluster.allot(0, ONE, List.of(new Grant(device, 1000, 64L << 30, 0)));
        }
        Gang eight = Gang.of(EIGHT, 1);
        Refusal refusal = refused(placer.place(eight.within(Topology.required(Topology.Level.LINK))));
        assertEquals(Map.of(Lack.DOMAIN, 1), refusal.nodes());
        GangVerdict.Granted wider = assertInstanceOf(
                GangVerdict.Granted.class, placer.place(eight.within(Topology.preferred(Topology.Level.LINK))));
        assertEquals(Topology.Level.NODE, wider.level());
        cluster.release(wider.allotments().getFirst());
        List<Allotment> six = granted(placer.place(Gang.of(ONE, 6).within(Topology.required(Topology.Level.LINK))));
        assertTrue(six.stream().allMatch(each -> each.grants().getFirst().device() < 8));
    }

    @Test
    void devicesOfOneTaskComeFromTheTightestLinkDomain() {
        List<String> links = List.of("x", "x", "x", "x", "y", "y", "y", "y");
        Cluster cluster = new Cluster(List.of(
                new Host("a", 64_000, 65_536, "h100", 8, 80L << 30, new Host.Domains(links, "", ""), List.of())));
        Placer placer = placer(cluster);
        cluster.allot(0, ONE, List.of(new Grant(5, 1000, 80L << 30, 0)));
        Allotment three = placer.place(Demand.ofDevices(0, 0, 3)).orElseThrow();
        assertEquals(
                List.of(4, 6, 7), three.grants().stream().map(Grant::device).toList());
    }

    @Test
    void aGangTakesTheTightestRackThatHoldsItWhole() {
        Cluster cluster = racks(3, 4);
        Placer placer = placer(cluster);
        Topology rack = Topology.required(Topology.Level.RACK);
        int inRackOne = cluster.find("r1n2").orElseThrow();
        cluster.allot(inRackOne, ONE, Fit.tightest(cluster, inRackOne, ONE, Cluster.ALL));
        assertEquals(
                List.of("rack-1"),
                racksOf(cluster, granted(placer.place(Gang.of(EIGHT, 3).within(rack)))));
        Refusal refusal = refused(placer.place(Gang.of(EIGHT, 5).within(rack)));
        assertEquals(4, refusal.placed());
        assertEquals(
                2,
                racksOf(
                                cluster,
                                granted(placer.place(
                                        Gang.of(EIGHT, 5).within(Topology.preferred(Topology.Level.ZONE)))))
                        .size());
        cluster.check();
    }

    private static List<String> racksOf(Cluster cluster, List<Allotment> allotments) {
        return allotments.stream()
                .map(each -> cluster.host(each.node()).domains().rack())
                .distinct()
                .toList();
    }

    @Test
    void anElasticGangGetsWhatThereIsAboveItsMinimum() {
        Cluster cluster = racks(1, 2);
        Placer placer = placer(cluster);
        assertEquals(16, granted(placer.place(Gang.elastic(ONE, 4, 100))).size());
        assertEquals(0, refused(placer.place(Gang.elastic(ONE, 4, 100))).placed());
    }

    @Test
    void allMinimumsComeBeforeAnySetGrows() {
        Cluster cluster = racks(1, 2);
        Gang gang =
                new Gang(List.of(new TaskSet("worker", ONE, 100, 2), new TaskSet("head", EIGHT, 1, 1)), Topology.NONE);
        Map<Demand, Long> tasks = granted(placer(cluster).place(gang)).stream()
                .collect(Collectors.groupingBy(Allotment::demand, Collectors.counting()));
        assertEquals(Map.of(EIGHT, 1L, ONE, 8L), tasks);
    }

    @Test
    void aRefusalTellsItsReasonAndItsCounts() {
        Cluster cluster = racks(1, 3);
        Placer placer = placer(cluster);
        cluster.fail(2);
        granted(placer.place(Gang.of(EIGHT, 1)));
        Refusal refusal = refused(placer.place(Gang.of(EIGHT, 2)));
        assertEquals(
                "1 of 2 tasks of task fit; of 3 nodes that cannot take one more 2 have their devices in use, 1 are down",
                refusal.sentence());
        assertTrue(refused(placer.place(Gang.of(Demand.ofDevices(0, 0, 9), 1))).isPermanent());
    }

    @Test
    void sharedCardsAndGangsLiveOnOneNode() {
        Cluster cluster = racks(1, 1);
        Placer placer = placer(cluster);
        Demand part = new Demand(100, 100, 1, new Share.Fraction(300, 0), java.util.Set.of());
        assertEquals(
                3,
                granted(placer.place(Gang.of(part, 3))).stream()
                        .filter(each -> each.grants().getFirst().device() == 0)
                        .count());
        assertEquals(7, granted(placer.place(Gang.of(ONE, 7))).size());
        refused(placer.place(Gang.of(ONE, 1)));
        cluster.check();
    }

    @Test
    void aPlacerSeesWhatOthersChanged() {
        Cluster cluster = racks(1, 1);
        Placer placer = placer(cluster);
        Allotment eight = placer.place(EIGHT).orElseThrow();
        assertTrue(placer.place(EIGHT).isEmpty());
        cluster.release(eight);
        cluster.add(Host.of("new", 64_000, 65_536, "h100", 8, 0));
        assertEquals(2, granted(placer.place(Gang.of(EIGHT, 2))).size());
    }

    @Test
    void aNodeOfAnotherShapeIsNotTakenForItsLike() {
        Cluster cluster = new Cluster(List.of(
                Host.of("a", 64_000, 65_536, "h100", 8, 0),
                Host.of("b", 64_000, 65_536, "h100", 8, 0),
                Host.of("c", 8_000, 65_536, "h100", 8, 0)));
        Placer placer = placer(cluster);
        assertEquals(2, placer.place(ONE).orElseThrow().node());
        cluster.drain(0, 3);
        cluster.fail(2);
        assertEquals(0, placer.place(ONE).orElseThrow().node());
        assertEquals(1, placer.place(EIGHT).orElseThrow().node());
    }

    @Test
    void a512DeviceGangIsPlacedOnANodeSetAsLargeAsThePublishedOne() {
        Cluster cluster = racks(76, 16);
        Placer placer = placer(cluster);
        List<Allotment> tasks =
                granted(placer.place(Gang.of(EIGHT, 64).within(Topology.preferred(Topology.Level.RACK))));
        assertEquals(64, tasks.stream().map(Allotment::node).distinct().count());
        tasks.forEach(cluster::release);
        assertTrue(IntStream.range(0, cluster.nodes()).allMatch(cluster::isIdle));
    }
}
