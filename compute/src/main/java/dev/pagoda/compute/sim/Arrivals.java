package dev.pagoda.compute.sim;

import dev.pagoda.compute.trace.OpenbNode;
import dev.pagoda.compute.trace.OpenbPod;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// What one seed makes of a trace: the order of its pods, until they ask for so much more than the cluster has,
/// and the order in which nodes win ties; number for number as the study published with FGD draws them.
///
/// @param pods  in the order they arrive
/// @param nodes in the order they win ties
record Arrivals(List<OpenbPod> pods, List<OpenbNode> nodes) {
    /// @param nodes     of the cluster
    /// @param pods      of the trace
    /// @param inflation GPUs that arrive as a multiple of those there are: pods are repeated or left out at
    ///     random
    static Arrivals draw(List<OpenbNode> nodes, List<OpenbPod> pods, double inflation, long seed) {
        GoRandom random = new GoRandom(seed);
        // The published program logs its first number.
        random.int63();
        List<OpenbPod> byName =
                pods.stream().sorted(Comparator.comparing(OpenbPod::name)).toList();
        List<OpenbPod> arriving = new ArrayList<>(byName);
        random.shuffle(arriving);
        long capacity = nodes.stream().mapToLong(OpenbNode::gpus).sum() * 1000L;
        double target = inflation * capacity;
        long asked = pods.stream().mapToLong(Arrivals::milli).sum();
        if (asked > target) {
            while (asked > target) {
                asked -= milli(arriving.remove(random.intn(arriving.size())));
            }
        } else if (asked < target) {
            while (true) {
                OpenbPod more = byName.get(random.intn(byName.size()));
                // Of a pod with several GPUs only one is looked at, as published.
                if (asked + more.gpuMilli() > target) {
                    break;
                }
                asked += milli(more);
                arriving.add(more);
            }
        }
        int[] key = random.perm(nodes.size());
        List<OpenbNode> named =
                nodes.stream().sorted(Comparator.comparing(OpenbNode::name)).toList();
        OpenbNode[] ordered = new OpenbNode[key.length];
        for (int i = 0; i < key.length; i++) {
            ordered[key[i]] = named.get(i);
        }
        return new Arrivals(List.copyOf(arriving), List.of(ordered));
    }

    static long milli(OpenbPod pod) {
        return (long) pod.gpus() * pod.gpuMilli();
    }
}
