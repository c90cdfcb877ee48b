package dev.pagoda.compute.placement;

/// Puts a task where what it asks for is aligned least with what is free, in cores and devices: the packing of
/// Tetris (Grandl and others, SIGCOMM 2014) as the implementation published with FGD reads it.
final class DotProduct implements Policy {
    @Override
    public String name() {
        return "DotProd";
    }

    @Override
    public int score(Cluster cluster, int node, Demand demand) {
        double cpu = cluster.freeCpuMilli(node) / BestFit.MOST_CPU_MILLI * (demand.cpuMilli() / BestFit.MOST_CPU_MILLI);
        double devices = FreeDevices.milli(cluster, node)
                / BestFit.MOST_DEVICE_MILLI
                * (demand.milli() / BestFit.MOST_DEVICE_MILLI);
        return (int) (100 * (1 - (cpu + devices) / 2));
    }
}
