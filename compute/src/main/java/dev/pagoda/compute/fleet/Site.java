package dev.pagoda.compute.fleet;

import org.jspecify.annotations.Nullable;

/// Where nodes stand and what they are joined to, as the configuration describes it; what is left out has a
/// usual value.
///
/// @param region       an id of [Regions]
/// @param zone         nodes that meet at one tier of the network
/// @param nodesPerRack 1 to 4096
/// @param network      between nodes
/// @param nicsPerNode  ports of it, 1 to 64; a device for each where the network has RDMA, otherwise one
/// @param storage      where images and weights come from
/// @param cacheGib     disks of each node that keep what was used last, 0 to 1048576
/// @param isolation    between tasks
public record Site(
        @Nullable String region,
        @Nullable String zone,
        @Nullable Integer nodesPerRack,
        @Nullable NetworkTier network,
        @Nullable Integer nicsPerNode,
        @Nullable StorageTier storage,
        @Nullable Integer cacheGib,
        @Nullable IsolationMode isolation) {
    static final int MAX_CACHE_GIB = 1 << 20;

    /// Nothing out of the ordinary.
    public static final Site USUAL = new Site(null, null, null, null, null, null, null, null);

    public Site {
        if ((region != null && region.isBlank()) || (zone != null && zone.isBlank())) {
            throw new IllegalArgumentException("a site's region or zone is blank");
        }
        within("nodesPerRack", nodesPerRack, 1, NodeGroup.MAX_NODES);
        within("nicsPerNode", nicsPerNode, 1, Node.MAX_DEVICES);
        within("cacheGib", cacheGib, 0, MAX_CACHE_GIB);
        if (storage == StorageTier.NODE_CACHE) {
            throw new IllegalArgumentException(
                    "storage node_cache is in every node already, expected object, distributed or all_flash");
        }
    }

    /// A copy whose keys are all there.
    Placed filled(int devices) {
        NetworkTier tier = network == null ? NetworkTier.ETHERNET_100 : network;
        return new Placed(
                region == null ? Regions.DEFAULT : region,
                zone == null ? "a" : zone,
                nodesPerRack == null ? 4 : nodesPerRack,
                tier,
                nicsPerNode != null ? nicsPerNode : tier.hasRdma() ? devices : 1,
                storage == null ? StorageTier.DISTRIBUTED : storage,
                (cacheGib == null ? 2_048L : cacheGib) << 30,
                isolation == null ? IsolationMode.CONTAINER : isolation);
    }

    /// A site without gaps.
    record Placed(
            String region,
            String zone,
            int nodesPerRack,
            NetworkTier network,
            int nicsPerNode,
            StorageTier storage,
            long cacheBytes,
            IsolationMode isolation) {}

    private static void within(String what, @Nullable Integer value, int min, int max) {
        if (value != null && (value < min || value > max)) {
            throw new IllegalArgumentException(what + " " + value + " is outside " + min + " to " + max);
        }
    }
}
