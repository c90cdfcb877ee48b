package dev.pagoda.compute.sim;

import dev.pagoda.compute.placement.Allotment;
import dev.pagoda.compute.placement.ArrivalMix;
import dev.pagoda.compute.placement.Cluster;
import dev.pagoda.compute.placement.Demand;
import dev.pagoda.compute.placement.Fragmentation;
import dev.pagoda.compute.placement.Host;
import dev.pagoda.compute.placement.Placer;
import dev.pagoda.compute.placement.Policies;
import dev.pagoda.compute.placement.Share;
import dev.pagoda.compute.placement.TypicalTask;
import dev.pagoda.compute.trace.OpenbNode;
import dev.pagoda.compute.trace.OpenbPod;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/// How full and how fragmented a cluster becomes under a policy while pods arrive and none leaves: the study of
/// "Beware of Fragmentation" (Weng and others, USENIX ATC 2023), section 6.
///
/// A pod that fits nowhere is dropped. Typical are the most frequent kinds of pods that make up 95 % of the
/// trace.
///
/// Immutable; each run has its own cluster and may have its own thread.
public final class PlacementStudy {
    /// More would hold up a machine for hours.
    public static final double MAX_INFLATION = 10;

    private static final double TYPICAL_PERCENT = 95;

    private final List<OpenbNode> nodes;
    private final List<OpenbPod> pods;
    private final double inflation;
    private final ArrivalMix mix;

    /// @param inflation GPUs that arrive as a multiple of those there are, above 0, at most [#MAX_INFLATION]
    /// @throws IllegalArgumentException if the nodes or the pods have no GPU
    public PlacementStudy(List<OpenbNode> nodes, List<OpenbPod> pods, double inflation) {
        if (!(inflation > 0 && inflation <= MAX_INFLATION)) {
            throw new IllegalArgumentException("inflation " + inflation + " is outside 0 to " + MAX_INFLATION);
        }
        if (nodes.stream().noneMatch(node -> node.gpus() > 0)) {
            throw new IllegalArgumentException("no node has a GPU, so that nothing could be measured");
        }
        if (pods.stream().noneMatch(pod -> pod.gpus() > 0)) {
            throw new IllegalArgumentException("no pod asks for a GPU, so that nothing could be measured");
        }
        this.nodes = List.copyOf(nodes);
        this.pods = List.copyOf(pods);
        this.inflation = inflation;
        this.mix = new ArrivalMix(
                ArrivalMix.kinds(pods.stream().map(PlacementStudy::demand).toList()), typical(pods));
    }

    /// What mostly arrives.
    public List<TypicalTask> typical() {
        return mix.typical();
    }

    /// How many pods arrive with a seed.
    public int arriving(long seed) {
        return Arrivals.draw(nodes, pods, inflation, seed).pods().size();
    }

    /// @param policy   by any of its names
    /// @param progress is told how many pods have arrived, after each
    /// @throws IllegalArgumentException if there is no such policy
    public PlacementCurve run(String policy, long seed, IntConsumer progress) {
        Arrivals arrivals = Arrivals.draw(nodes, pods, inflation, seed);
        Cluster cluster =
                new Cluster(arrivals.nodes().stream().map(PlacementStudy::host).toList());
        Placer placer = new Placer(cluster, Policies.named(policy, mix, seed));
        FragmentTotal fragments = new FragmentTotal(cluster, new Fragmentation(mix.typical()));
        Map<OpenbPod, Demand> demands = new HashMap<>();
        CurveSums sums = new CurveSums(
                arrivals.nodes().stream().mapToLong(OpenbNode::gpus).sum());
        int arrived = 0;
        int placed = 0;
        for (OpenbPod pod : arrivals.pods()) {
            Demand demand = demands.computeIfAbsent(pod, PlacementStudy::demand);
            sums.arrive(Arrivals.milli(pod));
            Allotment allotment = placer.place(demand).orElse(null);
            if (allotment != null) {
                placed++;
                sums.allocate(Arrivals.milli(pod));
                fragments.changed(allotment.node());
            }
            sums.sample(fragments.milli());
            progress.accept(++arrived);
        }
        return sums.curve(placer.policy().name(), seed, arrived, placed);
    }

    private static Host host(OpenbNode node) {
        return Host.of(node.name(), node.cpuMilli(), node.memoryMib(), node.model(), node.gpus(), 0);
    }

    private static Demand demand(OpenbPod pod) {
        boolean isPart = pod.gpus() == 1 && pod.gpuMilli() < Share.WHOLE_MILLI;
        return new Demand(
                pod.cpuMilli(),
                pod.memoryMib(),
                pod.gpus(),
                isPart ? new Share.Fraction(pod.gpuMilli(), 0) : Share.ANY_WHOLE,
                new LinkedHashSet<>(pod.models()));
    }

    private record Kind(long cpuMilli, int gpuMilli, int gpus, String gpuSpec) {
        /// Breaks ties among kinds of equal frequency, as published.
        private static final Comparator<Kind> LARGEST_FIRST = Comparator.comparingLong(Kind::cpuMilli)
                .thenComparingInt(Kind::gpuMilli)
                .thenComparingInt(Kind::gpus)
                .thenComparing(Kind::gpuSpec)
                .reversed();
    }

    private static List<TypicalTask> typical(List<OpenbPod> pods) {
        Map<Kind, Integer> counts = new HashMap<>();
        Map<Kind, Demand> demands = new HashMap<>();
        for (OpenbPod pod : pods) {
            Kind kind = new Kind(pod.cpuMilli(), pod.gpuMilli(), pod.gpus(), pod.gpuSpec());
            counts.merge(kind, 1, Integer::sum);
            demands.putIfAbsent(kind, demand(pod));
        }
        List<Map.Entry<Demand, Integer>> ordered = counts.entrySet().stream()
                .sorted(Map.Entry.<Kind, Integer>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry.comparingByKey(Kind.LARGEST_FIRST)))
                .map(each -> Map.entry(demands.get(each.getKey()), each.getValue()))
                .toList();
        return TypicalTask.mostFrequent(ordered, pods.size(), TYPICAL_PERCENT);
    }
}
