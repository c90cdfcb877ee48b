package dev.pagoda.compute.placement;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// How much of a node's free devices the next task could use: the mean over the kinds of tasks that arrive,
/// each with its share.
///
/// For one kind that does not fit, or is refused, it is nothing. Otherwise it lies between two estimates.
///
/// - **Alone**: all that is free on devices with enough for the task, as if only this one task were to come. It
///   is what the published measure counts as not fragmented (see [Fragmentation]).
/// - **Repeated**: the same, but at most a quarter more devices than the node's free cores and memory feed if
///   every task to come were of this kind. It sees what the first cannot: eight free devices beside the cores
///   for one task are one usable device and seven that wait for cores.
///
/// Figures are thousandths of devices; devices that are divided or take no work have nothing free here.
///
/// One owner's thread.
final class ExpectedUse implements NodeFigure {
    /// The weight of the second estimate, and how many more devices than are fed it counts, since tasks to come
    /// differ. In the studies of Alibaba's workloads neighbours of the two (0.35 with 1.25, 1 with 1.5) differ
    /// from them by little more than seeds differ.
    private static final double REPEATED = 0.7;

    private static final double SLACK = 1.25;

    private final List<TypicalTask> kinds;
    private final Map<String, List<Group>> byAccelerator = new HashMap<>();
    private final int[] left = new int[Host.MAX_DEVICES];

    /// @param kinds with shares that add up to 1
    ExpectedUse(List<TypicalTask> kinds) {
        this.kinds = List.copyOf(kinds);
    }

    @Override
    public double of(Cluster cluster, int node) {
        int devices = Fragmentation.left(cluster, node, left);
        return of(
                cluster.host(node).accelerator(),
                cluster.freeCpuMilli(node),
                cluster.freeMemoryMib(node),
                left,
                devices);
    }

    /// Of a node in a state that it may come to be in.
    double of(String accelerator, long freeCpuMilli, long freeMemoryMib, int[] free, int devices) {
        double use = 0;
        for (Group group : byAccelerator.computeIfAbsent(accelerator, this::accepted)) {
            int enough = 0;
            int alone = 0;
            for (int device = 0; device < devices; device++) {
                if (free[device] >= group.milli) {
                    enough++;
                    alone += free[device];
                }
            }
            if (enough >= group.devices) {
                use += group.use(alone, freeCpuMilli, freeMemoryMib);
            }
        }
        return use;
    }

    /// The kinds with devices that a model suits, together where they ask for the same of devices.
    private List<Group> accepted(String accelerator) {
        Map<Long, List<TypicalTask>> shapes = new LinkedHashMap<>();
        for (TypicalTask kind : kinds) {
            Demand demand = kind.demand();
            if (demand.milli() > 0 && demand.accepts(accelerator)) {
                shapes.computeIfAbsent(
                                (long) demand.milliPerDevice() << 32 | demand.devices(), shape -> new ArrayList<>())
                        .add(kind);
            }
        }
        List<Group> groups = new ArrayList<>();
        shapes.forEach((shape, members) -> groups.add(new Group((int) (shape >>> 32), shape.intValue(), members)));
        return groups;
    }

    private static final class Group {
        private final int milli;
        private final int devices;
        private final double[] share;
        private final double[] cpuMilli;
        private final double[] memoryMib;

        Group(int milli, int devices, List<TypicalTask> members) {
            this.milli = milli;
            this.devices = devices;
            int count = members.size();
            this.share = new double[count];
            this.cpuMilli = new double[count];
            this.memoryMib = new double[count];
            for (int i = 0; i < count; i++) {
                TypicalTask each = members.get(i);
                share[i] = each.share();
                // One milli or MiB stands for none, which would feed without end.
                cpuMilli[i] = Math.max(1, each.demand().cpuMilli());
                memoryMib[i] = Math.max(1, each.demand().memoryMib());
            }
        }

        double use(int alone, long freeCpuMilli, long freeMemoryMib) {
            double use = 0;
            for (int i = 0; i < share.length; i++) {
                double fed = Math.min(freeCpuMilli / cpuMilli[i], freeMemoryMib / memoryMib[i]);
                if (fed >= 1) {
                    double repeated = Math.min(alone, SLACK * fed * devices * Share.WHOLE_MILLI);
                    use += share[i] * (alone + REPEATED * (repeated - alone));
                }
            }
            return use;
        }
    }
}
