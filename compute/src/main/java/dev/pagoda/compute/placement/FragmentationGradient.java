package dev.pagoda.compute.placement;

import java.util.List;

/// Puts a task where the expected fragment grows least: Fragmentation Gradient Descent as published (see
/// [Fragmentation]).
///
/// The score is a sigmoid of the change in devices, cut to a percent. The cut matters: it makes many nodes
/// equal, and of equals the first is taken, which fills one node before it opens the next.
final class FragmentationGradient implements Policy {
    private final List<TypicalTask> typical;
    private final Fragmentation fragmentation;
    private final KeptFigures kept;
    private final int[] left = new int[Host.MAX_DEVICES];
    private int chosen;

    FragmentationGradient(List<TypicalTask> typical) {
        this.fragmentation = new Fragmentation(typical);
        this.kept = new KeptFigures(fragmentation::of);
        this.typical = List.copyOf(typical);
    }

    @Override
    public Policy expecting(ArrivalMix mix) {
        return new FragmentationGradient(mix.typical());
    }

    @Override
    public Policy copy() {
        return new FragmentationGradient(typical);
    }

    @Override
    public String name() {
        return "FGD";
    }

    @Override
    public int score(Cluster cluster, int node, Demand demand) {
        return best(cluster, node, demand, Cluster.ALL);
    }

    @Override
    public List<Grant> choose(Cluster cluster, int node, Demand demand, long allowed) {
        if (!demand.isPartOfOne()) {
            return Fit.tightest(cluster, node, demand, allowed);
        }
        best(cluster, node, demand, allowed);
        Share.Fraction part = (Share.Fraction) demand.share();
        return List.of(new Grant(chosen, part.milli(), part.bytes(), 0));
    }

    private int best(Cluster cluster, int node, Demand demand, long allowed) {
        double before = kept.of(cluster, node);
        int devices = Fragmentation.left(cluster, node, left);
        String accelerator = cluster.host(node).accelerator();
        long cpu = cluster.freeCpuMilli(node) - demand.cpuMilli();
        if (!demand.isPartOfOne()) {
            DeviceParts.takeTightest(left, devices, demand.devices(), demand.milliPerDevice());
            return percent(before - fragmentation.of(accelerator, cpu, left, devices));
        }
        Share.Fraction part = (Share.Fraction) demand.share();
        int best = Integer.MIN_VALUE;
        long tried = 0;
        for (int device = 0; device < devices; device++) {
            if ((allowed >>> device & 1) == 0
                    || left[device] < part.milli()
                    || cluster.freeBytes(node, device) < part.bytes()
                    || DeviceParts.isRepeated(left, device, tried)) {
                continue;
            }
            tried |= 1L << device;
            left[device] -= part.milli();
            int score = percent(before - fragmentation.of(accelerator, cpu, left, devices));
            left[device] += part.milli();
            if (score > best) {
                best = score;
                chosen = device;
            }
        }
        return best;
    }

    private static int percent(double gainMilli) {
        return (int) (1.0 / (1.0 + Math.exp(-gainMilli / Share.WHOLE_MILLI)) * 100);
    }
}
