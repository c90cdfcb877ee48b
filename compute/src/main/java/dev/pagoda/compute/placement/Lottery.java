package dev.pagoda.compute.placement;

import java.util.List;
import java.util.SplittableRandom;

/// Puts a task on a node drawn from those that fit, and a part of a device on a device drawn from those that
/// fit.
final class Lottery implements Policy {
    private final SplittableRandom random;

    Lottery(long seed) {
        this.random = new SplittableRandom(seed);
    }

    private Lottery(SplittableRandom random) {
        this.random = random;
    }

    @Override
    public Policy copy() {
        return new Lottery(random.split());
    }

    @Override
    public String name() {
        return "Random";
    }

    /// The highest of independent draws is each of them with the same chance.
    @Override
    public int score(Cluster cluster, int node, Demand demand) {
        return random.nextInt(Integer.MAX_VALUE);
    }

    @Override
    public List<Grant> choose(Cluster cluster, int node, Demand demand, long allowed) {
        if (!demand.isPartOfOne()) {
            return Fit.tightest(cluster, node, demand, allowed);
        }
        Share.Fraction part = (Share.Fraction) demand.share();
        long fitting = 0;
        for (long left = cluster.openDevices(node) & allowed; left != 0; left &= left - 1) {
            int device = Long.numberOfTrailingZeros(left);
            if (cluster.freeMilli(node, device) >= part.milli() && cluster.freeBytes(node, device) >= part.bytes()) {
                fitting |= 1L << device;
            }
        }
        for (int skip = random.nextInt(Long.bitCount(fitting)); skip > 0; skip--) {
            fitting &= fitting - 1;
        }
        return List.of(new Grant(Long.numberOfTrailingZeros(fitting), part.milli(), part.bytes(), 0));
    }

    @Override
    public boolean isLottery() {
        return true;
    }
}
