package dev.pagoda.compute.placement;

/// Puts tasks with equal numbers of devices together (Gandiva, Xiao and others, OSDI 2018), as the
/// implementation published with FGD reads it: parts of a device are one class, each number of whole devices
/// another.
final class GpuClustering implements Policy {
    private static final int MOST_DEVICE_MILLI = 8_000;
    /// The class of parts of a device; whole ones have their number.
    private static final int PART = 0;
    private static final int NONE = -1;

    @Override
    public String name() {
        return "GpuClustering";
    }

    @Override
    public int score(Cluster cluster, int node, Demand demand) {
        int wanted = classOf(demand);
        if (wanted == NONE) {
            return 0;
        }
        boolean hasSame = false;
        boolean hasOther = false;
        for (Allotment each : cluster.held(node)) {
            int held = classOf(each.demand());
            hasSame |= held == wanted;
            hasOther |= held != wanted && held != NONE;
        }
        int fullness = 25 * (MOST_DEVICE_MILLI - FreeDevices.milli(cluster, node)) / MOST_DEVICE_MILLI;
        if (hasSame) {
            return fullness + (hasOther ? 50 : 75);
        }
        return fullness + (hasOther ? 0 : 25);
    }

    private static int classOf(Demand demand) {
        if (demand.devices() == 0) {
            return NONE;
        }
        return demand.isPartOfOne() ? PART : demand.devices();
    }
}
