package dev.pagoda.compute.placement;

import java.util.List;

/// Pagoda's own policy: puts a task where the tasks to come lose least.
///
/// **Why.** Fragmentation Gradient Descent (see [FragmentationGradient]) takes a device as usable while one
/// more typical task fits. Where several devices of a node share its cores, that is too hopeful: on Alibaba's
/// workloads a third of what it leaves idle is on nodes with fewer than four free cores. This policy measures
/// what is lost of [ExpectedUse], which counts how many tasks the cores and the memory can feed, over all kinds
/// that arrive and not the typical ones only, since the rare kinds are those that need whole nodes.
///
/// **Score.** The loss, rounded to a twenty-fifth of a device. Rounding matters: nodes whose difference means
/// nothing are equal, and of equals the first is taken, which fills one node before it opens the next. Then the
/// device with the least left, so that rests are small. When nothing is known of what arrives, every loss is
/// nothing and the node with the least free devices is taken.
///
/// Deterministic: no lots, no clock, no state but a cache.
final class LeastLossOfUse implements Policy {
    private static final double GRAIN_MILLI = 40;
    /// More than a device's rest can add.
    private static final int STEP = 1024;

    private final List<TypicalTask> kinds;
    private final ExpectedUse use;
    private final KeptFigures kept;
    private final boolean isBlind;
    private final int[] left = new int[Host.MAX_DEVICES];
    private int chosen;

    LeastLossOfUse(List<TypicalTask> kinds) {
        this.use = new ExpectedUse(kinds);
        this.kept = new KeptFigures(use);
        this.isBlind = kinds.isEmpty();
        this.kinds = List.copyOf(kinds);
    }

    @Override
    public Policy expecting(ArrivalMix mix) {
        return new LeastLossOfUse(mix.all());
    }

    @Override
    public Policy copy() {
        return new LeastLossOfUse(kinds);
    }

    @Override
    public String name() {
        return "Pagoda";
    }

    @Override
    public int score(Cluster cluster, int node, Demand demand) {
        return isBlind ? -FreeDevices.milli(cluster, node) : best(cluster, node, demand, Cluster.ALL);
    }

    @Override
    public List<Grant> choose(Cluster cluster, int node, Demand demand, long allowed) {
        if (!demand.isPartOfOne() || isBlind) {
            return Fit.tightest(cluster, node, demand, allowed);
        }
        best(cluster, node, demand, allowed);
        Share.Fraction part = (Share.Fraction) demand.share();
        return List.of(new Grant(chosen, part.milli(), part.bytes(), 0));
    }

    private int best(Cluster cluster, int node, Demand demand, long allowed) {
        int devices = Fragmentation.left(cluster, node, left);
        int milli = demand.milliPerDevice();
        if (!demand.isPartOfOne()) {
            DeviceParts.takeTightest(left, devices, demand.devices(), milli);
            return STEP * grains(gain(cluster, node, demand, devices));
        }
        long bytes = ((Share.Fraction) demand.share()).bytes();
        int best = Integer.MIN_VALUE;
        long tried = 0;
        for (int device = 0; device < devices; device++) {
            if ((allowed >>> device & 1) == 1
                    && left[device] >= milli
                    && cluster.freeBytes(node, device) >= bytes
                    && !DeviceParts.isRepeated(left, device, tried)) {
                tried |= 1L << device;
                left[device] -= milli;
                int score = STEP * grains(gain(cluster, node, demand, devices)) - left[device];
                left[device] += milli;
                if (score > best) {
                    best = score;
                    chosen = device;
                }
            }
        }
        return best;
    }

    /// How much less is useless with the task on the node than without it.
    private double gain(Cluster cluster, int node, Demand demand, int devices) {
        double after = use.of(
                cluster.host(node).accelerator(),
                cluster.freeCpuMilli(node) - demand.cpuMilli(),
                cluster.freeMemoryMib(node) - demand.memoryMib(),
                left,
                devices);
        return demand.milli() - (kept.of(cluster, node) - after);
    }

    private static int grains(double gainMilli) {
        return (int) Math.rint(gainMilli / GRAIN_MILLI);
    }
}
