package dev.pagoda.compute.placement;

/// Puts a task where least is left, in cores and devices with equal weight.
///
/// The implementation published with FGD then stretches the scores over 0 to 100, which changes no order as
/// long as nodes have at most the figures below.
final class BestFit implements Policy {
    /// What the largest node of the published study has; figures are in parts of it.
    static final double MOST_CPU_MILLI = 128_000;

    static final double MOST_DEVICE_MILLI = 8_000;

    @Override
    public String name() {
        return "BestFit";
    }

    @Override
    public int score(Cluster cluster, int node, Demand demand) {
        double left = (cluster.freeCpuMilli(node) - demand.cpuMilli()) / MOST_CPU_MILLI * 0.5;
        left += (FreeDevices.milli(cluster, node) - demand.milli()) / MOST_DEVICE_MILLI * 0.5;
        return (int) ((1.0 - left) * 100);
    }
}
