package dev.pagoda.compute.placement;

/// Prefers devices in use to free devices of nodes in use, and those to idle nodes (Singularity's and others'
/// packing), as the implementation published with FGD reads it.
final class GpuPacking implements Policy {
    private static final int HIGHEST = 100;

    @Override
    public String name() {
        return "GpuPacking";
    }

    @Override
    public int score(Cluster cluster, int node, Demand demand) {
        int milli = demand.milliPerDevice();
        if (milli == 0) {
            return 0;
        }
        int free = FreeDevices.whole(cluster, node);
        if (free == cluster.host(node).devices()) {
            return Math.max(HIGHEST / 3 - free, free);
        }
        int wholeTaken = 0;
        int percentFree = 0;
        long taken = 0;
        for (int i = 0; i < demand.devices(); i++) {
            int device = tightest(cluster, node, milli, taken);
            taken |= 1L << device;
            int left = cluster.freeMilli(node, device);
            wholeTaken += left == Share.WHOLE_MILLI ? 1 : 0;
            percentFree += left * 100 / Share.WHOLE_MILLI;
        }
        return wholeTaken > 0
                ? Math.max(HIGHEST / 2 - wholeTaken, HIGHEST / 3)
                : Math.max(HIGHEST - percentFree / 10, HIGHEST / 2);
    }

    private static int tightest(Cluster cluster, int node, int milli, long taken) {
        int tightest = -1;
        for (long left = cluster.openDevices(node) & ~taken; left != 0; left &= left - 1) {
            int device = Long.numberOfTrailingZeros(left);
            if (cluster.freeMilli(node, device) >= milli
                    && (tightest < 0 || cluster.freeMilli(node, device) < cluster.freeMilli(node, tightest))) {
                tightest = device;
            }
        }
        return tightest;
    }
}
