package dev.pagoda.compute.placement;

import java.util.List;

/// Puts a task where the least connected room is lost.
///
/// The connected room of a node is the sum over its link domains of the square of their free devices, since so
/// many pairs can talk over fast links: two devices cost 4 in a domain with two free, and 28 in one with eight.
final class TopologyAware implements Policy {
    @Override
    public String name() {
        return "TopologyAware";
    }

    @Override
    public int score(Cluster cluster, int node, Demand demand) {
        long before = freeDevices(cluster, node);
        long after = before;
        for (Grant grant : choose(cluster, node, demand, Cluster.ALL)) {
            after &= ~(1L << grant.device());
        }
        return room(cluster, node, after) - room(cluster, node, before);
    }

    private static long freeDevices(Cluster cluster, int node) {
        long free = 0;
        for (long left = cluster.openDevices(node); left != 0; left &= left - 1) {
            int device = Long.numberOfTrailingZeros(left);
            free |= cluster.isIdle(node, device) ? 1L << device : 0;
        }
        return free;
    }

    private static int room(Cluster cluster, int node, long free) {
        List<String> links = cluster.host(node).domains().links();
        if (links.isEmpty()) {
            return Long.bitCount(free) * Long.bitCount(free);
        }
        int room = 0;
        for (long left = free; left != 0; ) {
            String link = links.get(Long.numberOfTrailingZeros(left));
            int joined = 0;
            for (long each = left; each != 0; each &= each - 1) {
                if (links.get(Long.numberOfTrailingZeros(each)).equals(link)) {
                    left &= ~Long.lowestOneBit(each);
                    joined++;
                }
            }
            room += joined * joined;
        }
        return room;
    }
}
