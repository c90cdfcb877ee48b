package dev.pagoda.compute.placement;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// A domain that a gang may have to share: nodes and which of their devices.
///
/// @param name    of the domain
/// @param nodes   indices, ascending
/// @param allowed of each of those nodes the devices in the domain, as a bit mask; [Cluster#ALL] for a whole
///     node
record Scope(String name, int[] nodes, long[] allowed) {
    /// The domains of a level, in the order of their first nodes. Machines of which nobody said where they
    /// stand are in no rack and no zone.
    static List<Scope> of(Cluster cluster, Topology.Level level) {
        if (level == Topology.Level.CLUSTER) {
            return List.of(everything(cluster));
        }
        Map<String, Map<Integer, Long>> domains = new LinkedHashMap<>();
        for (int node = 0; node < cluster.nodes(); node++) {
            Host host = cluster.host(node);
            switch (level) {
                case CLUSTER -> throw new IllegalStateException("the cluster has no smaller domains");
                case NODE -> put(domains, host.id(), node, Cluster.ALL);
                case RACK -> put(domains, host.domains().rack(), node, Cluster.ALL);
                case ZONE -> put(domains, host.domains().zone(), node, Cluster.ALL);
                case LINK -> {
                    List<String> links = host.domains().links();
                    if (links.isEmpty()) {
                        put(domains, "node " + host.id(), node, Cluster.ALL);
                    }
                    for (int device = 0; device < links.size(); device++) {
                        put(domains, "link " + links.get(device), node, 1L << device);
                    }
                }
            }
        }
        domains.remove("");
        List<Scope> scopes = new ArrayList<>();
        domains.forEach((name, masks) -> scopes.add(new Scope(
                name,
                masks.keySet().stream().mapToInt(Integer::intValue).toArray(),
                masks.values().stream().mapToLong(Long::longValue).toArray())));
        return scopes;
    }

    private static Scope everything(Cluster cluster) {
        long[] allowed = new long[cluster.nodes()];
        Arrays.fill(allowed, Cluster.ALL);
        return new Scope("", IntStream.range(0, allowed.length).toArray(), allowed);
    }

    private static void put(Map<String, Map<Integer, Long>> domains, String domain, int node, long devices) {
        domains.computeIfAbsent(domain, name -> new LinkedHashMap<>()).merge(node, devices, (a, b) -> a | b);
    }

    /// How many tasks fit at most, counted up to `enough`.
    int capacity(Cluster cluster, Demand demand, int enough) {
        int capacity = 0;
        for (int i = 0; i < nodes.length && capacity < enough; i++) {
            capacity += Fit.capacity(cluster, nodes[i], demand, allowed[i], enough - capacity);
        }
        return capacity;
    }

    /// Free thousandths of its devices that take work, undivided ones.
    long freeMilli(Cluster cluster) {
        long free = 0;
        for (int i = 0; i < nodes.length; i++) {
            for (long left = cluster.openDevices(nodes[i]) & allowed[i]; left != 0; left &= left - 1) {
                free += cluster.freeMilli(nodes[i], Long.numberOfTrailingZeros(left));
            }
        }
        return free;
    }
}
