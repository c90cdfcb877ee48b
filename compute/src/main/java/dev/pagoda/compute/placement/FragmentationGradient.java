package dev.pagoda.compute.placement;

import java.util.List;

/// Puts a task where the expected fragment grows least: Fragmentation Gradient Descent as published (see
/// [Fragmentation]).
///
/// The score is a sigmoid of the change in devices, cut to a percent. The cut matters: it makes many nodes
/// equal, and of equals the first is taken, which fills one node before it opens the next.
final class FragmentationGradient implements Policy {
    private final Fragmentation fragmentation;
    private final KeptFragments kept;
    private final int[] left = new int[Host.MAX_DEVICES];
    private int chosen;

    FragmentationGradient(List<TypicalTask> typical) {
        this.fragmentation = new Fragmentation(typical);
        this.kept = new KeptFragments(fragmentation);
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
            take(left, devices, demand);
            return percent(before - fragmentation.of(accelerator, cpu, left, devices));
        }
        Share.Fraction part = (Share.Fraction) demand.share();
        int best = Integer.MIN_VALUE;
        long tried = 0;
        for (int device = 0; device < devices; device++) {
            if ((allowed >>> device & 1) == 0
                    || left[device] < part.milli()
                    || cluster.freeBytes(node, device) < part.bytes()
                    || isRepeated(device, tried)) {
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

    /// Whether a device that was tried has as much free, so that the score would be the same.
    private boolean isRepeated(int device, long tried) {
        for (int other = 0; other < device; other++) {
            if ((tried >>> other & 1) == 1 && left[other] == left[device]) {
                return true;
            }
        }
        return false;
    }

    /// Takes whole devices, or parts of several, from those with the least that is enough.
    private static void take(int[] left, int devices, Demand demand) {
        int milli = demand.milliPerDevice();
        long taken = 0;
        for (int i = 0; milli > 0 && i < demand.devices(); i++) {
            int tightest = -1;
            for (int device = 0; device < devices; device++) {
                if ((taken >>> device & 1) == 0
                        && left[device] >= milli
                        && (tightest < 0 || left[device] < left[tightest])) {
                    tightest = device;
                }
            }
            left[tightest] -= milli;
            taken |= 1L << tightest;
        }
    }

    private static int percent(double gainMilli) {
        return (int) (1.0 / (1.0 + Math.exp(-gainMilli / Share.WHOLE_MILLI)) * 100);
    }
}
