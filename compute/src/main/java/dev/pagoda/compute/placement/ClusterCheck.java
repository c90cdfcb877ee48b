package dev.pagoda.compute.placement;

/// Adds up what is held of a node in a second way, from the allotments alone.
final class ClusterCheck {
    private ClusterCheck() {}

    static void check(Cluster cluster, int node) {
        Host host = cluster.host(node);
        long cpu = 0;
        long memory = 0;
        long[] milli = new long[host.devices()];
        long[] bytes = new long[host.devices()];
        long[] slots = new long[host.devices()];
        for (Allotment allotment : cluster.held(node)) {
            must(allotment.node() == node, host, "holds what was allotted of another node");
            must(cluster.condition(node) != Condition.DOWN, host, "is down and holds allotment " + allotment.id());
            must(allotment.grants().size() == allotment.demand().devices(), host, "gave other than was asked for");
            cpu += allotment.demand().cpuMilli();
            memory += allotment.demand().memoryMib();
            for (Grant grant : allotment.grants()) {
                int device = grant.device();
                boolean isDivided = cluster.mode(node, device).isPresent();
                must(isDivided == (grant.slots() != 0), host, "gave of device " + device + " against its mode");
                must((slots[device] & grant.slots()) == 0, host, "gave slots of device " + device + " twice");
                slots[device] |= grant.slots();
                milli[device] += grant.milli();
                bytes[device] += isDivided ? 0 : grant.bytes();
            }
        }
        must(cpu + cluster.freeCpuMilli(node) == host.cpuMilli() && cpu <= host.cpuMilli(), host, "lost cores");
        must(
                memory + cluster.freeMemoryMib(node) == host.memoryMib() && memory <= host.memoryMib(),
                host,
                "lost memory");
        for (int device = 0; device < host.devices(); device++) {
            Condition condition = cluster.condition(node, device);
            boolean isIdle = milli[device] == 0 && bytes[device] == 0 && slots[device] == 0;
            must(isIdle == cluster.isIdle(node, device), host, "miscounts device " + device);
            must(
                    isIdle || condition == Condition.UP || condition == Condition.DRAINING,
                    host,
                    "holds a part of device " + device + ", which is " + condition);
            must(slots[device] == cluster.usedSlots(node, device), host, "lost slots of device " + device);
            if (cluster.mode(node, device).isEmpty()) {
                must(
                        milli[device] + cluster.freeMilli(node, device) == Share.WHOLE_MILLI
                                && milli[device] <= Share.WHOLE_MILLI,
                        host,
                        "lost thousandths of device " + device);
                must(
                        bytes[device] + cluster.freeBytes(node, device) == host.deviceBytes()
                                && bytes[device] <= host.deviceBytes(),
                        host,
                        "lost bytes of device " + device);
            }
            boolean isOpen = (cluster.openDevices(node) >>> device & 1) == 1;
            must(
                    isOpen == (condition == Condition.UP && cluster.condition(node) == Condition.UP),
                    host,
                    "opens device " + device + " wrongly");
        }
    }

    private static void must(boolean holds, Host host, String otherwise) {
        if (!holds) {
            throw new IllegalStateException("node " + host.id() + " " + otherwise);
        }
    }
}
