package dev.pagoda.compute.placement;

/// Puts a task where the largest part stays free, in cores, memory and devices with equal weight, so that one
/// failure takes the least with it (Kubernetes: least allocated).
final class Spread implements Policy {
    private static final int SCALE = 10_000;

    @Override
    public String name() {
        return "Spread";
    }

    @Override
    public int score(Cluster cluster, int node, Demand demand) {
        Host host = cluster.host(node);
        double left = part(cluster.freeCpuMilli(node) - demand.cpuMilli(), host.cpuMilli())
                + part(cluster.freeMemoryMib(node) - demand.memoryMib(), host.memoryMib());
        if (demand.devices() == 0) {
            return (int) (SCALE * left / 2);
        }
        double devices =
                part(FreeDevices.milli(cluster, node) - demand.milli(), (long) Share.WHOLE_MILLI * host.devices());
        return (int) (SCALE * (left + devices) / 3);
    }

    private static double part(long left, long capacity) {
        return capacity == 0 ? 0 : (double) left / capacity;
    }
}
