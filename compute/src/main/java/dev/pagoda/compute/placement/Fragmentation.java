package dev.pagoda.compute.placement;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// How much of the free devices a typical task could not use: the measure of Weng and others, "Beware of
/// Fragmentation" (USENIX ATC 2023), section 4.
///
/// For one typical task the free thousandths of a node are a fragment in whole if the task does not fit, needs
/// no device or does not accept the model, and otherwise as far as they are on devices with less free than the
/// task needs of each. The fragmentation of a node is the mean over the typical tasks by their shares. Devices
/// that are divided or take no work have nothing free here; memory does not count.
///
/// Sums are kept by the reason in the order of the tasks, as the published implementation does, since scores
/// that are cut to integers depend on the last bit.
///
/// One owner's thread.
public final class Fragmentation {
    private final List<TypicalTask> typical;
    private final Map<String, Compiled> byAccelerator = new HashMap<>();
    private final int[] left = new int[Host.MAX_DEVICES];

    /// @param typical with shares that add up to 1
    public Fragmentation(List<TypicalTask> typical) {
        this.typical = List.copyOf(typical);
    }

    /// Expected fragment of a node in thousandths of a device.
    public double of(Cluster cluster, int node) {
        int devices = left(cluster, node, left);
        return of(cluster.host(node).accelerator(), cluster.freeCpuMilli(node), left, devices);
    }

    /// What the devices of a node have free for undivided use.
    ///
    /// @param into receives a figure a device
    /// @return how many devices it has
    static int left(Cluster cluster, int node, int[] into) {
        int devices = cluster.host(node).devices();
        long open = cluster.openDevices(node);
        for (int device = 0; device < devices; device++) {
            into[device] = (open >>> device & 1) == 1 ? cluster.freeMilli(node, device) : 0;
        }
        return devices;
    }

    /// Expected fragment of a node in a state that it may come to be in.
    double of(String accelerator, long freeCpuMilli, int[] left, int devices) {
        long total = 0;
        for (int device = 0; device < devices; device++) {
            total += left[device];
        }
        Compiled tasks = byAccelerator.computeIfAbsent(accelerator, name -> new Compiled(typical, name));
        double lackBoth = 0;
        double lackDevices = 0;
        double lackCpu = 0;
        double cpuOnlyFits = 0;
        double cpuOnlyLacks = 0;
        double refused = 0;
        for (int i = 0; i < tasks.share.length; i++) {
            double share = tasks.share[i];
            int milli = tasks.milli[i];
            boolean hasCpu = freeCpuMilli >= tasks.cpuMilli[i];
            if (milli == 0) {
                if (hasCpu) {
                    cpuOnlyFits += share * total;
                } else {
                    cpuOnlyLacks += share * total;
                }
            } else if (!tasks.isAccepted[i]) {
                refused += share * total;
            } else {
                int enough = 0;
                long small = 0;
                for (int device = 0; device < devices; device++) {
                    if (left[device] >= milli) {
                        enough++;
                    } else {
                        small += left[device];
                    }
                }
                if (enough < tasks.devices[i]) {
                    if (hasCpu) {
                        lackDevices += share * total;
                    } else {
                        lackBoth += share * total;
                    }
                } else if (hasCpu) {
                    lackDevices += share * small;
                } else {
                    lackCpu += share * total;
                }
            }
        }
        return lackBoth + lackDevices + lackCpu + cpuOnlyFits + cpuOnlyLacks + refused;
    }

    /// The typical tasks as one model of accelerator sees them.
    private static final class Compiled {
        private final double[] share;
        private final long[] cpuMilli;
        private final int[] milli;
        private final int[] devices;
        private final boolean[] isAccepted;

        Compiled(List<TypicalTask> typical, String accelerator) {
            int count = typical.size();
            share = new double[count];
            cpuMilli = new long[count];
            milli = new int[count];
            devices = new int[count];
            isAccepted = new boolean[count];
            for (int i = 0; i < count; i++) {
                Demand demand = typical.get(i).demand();
                share[i] = typical.get(i).share();
                cpuMilli[i] = demand.cpuMilli();
                milli[i] = demand.milliPerDevice();
                devices[i] = demand.devices();
                isAccepted[i] = demand.accepts(accelerator);
            }
        }
    }
}
