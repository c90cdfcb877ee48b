package dev.pagoda.compute.sim;

/// Gathers the figures after each pod into a [PlacementCurve], rounded where the published evaluation rounds.
final class CurveSums {
    private static final int LENGTH = PlacementCurve.MOST_PERCENT + 2;

    private final long gpus;
    private final int[] samples = new int[LENGTH];
    private final double[] allocated = new double[LENGTH];
    private final double[] fragmented = new double[LENGTH];
    private final double[] fragmentOfIdle = new double[LENGTH];
    private long arrivedMilli;
    private long allocatedMilli;

    CurveSums(long gpus) {
        this.gpus = gpus;
    }

    void arrive(long milli) {
        arrivedMilli += milli;
    }

    void allocate(long milli) {
        allocatedMilli += milli;
    }

    void sample(double fragmentMilli) {
        int percent = (int) Math.rint((double) arrivedMilli / gpus / 10);
        if (percent >= LENGTH) {
            return;
        }
        long idleMilli = gpus * 1000 - allocatedMilli;
        samples[percent]++;
        allocated[percent] += cents((double) allocatedMilli / gpus / 10);
        fragmented[percent] += cents(fragmentMilli) / gpus / 10;
        fragmentOfIdle[percent] += idleMilli == 0 ? 0 : cents(100 * fragmentMilli / idleMilli);
    }

    private static double cents(double value) {
        return Math.rint(value * 100) / 100;
    }

    PlacementCurve curve(String policy, long seed, int pods, int placed) {
        return new PlacementCurve(
                policy, seed, pods, placed, means(allocated), means(fragmented), means(fragmentOfIdle));
    }

    /// The mean at each percent; where no pod's arrival rounds to it, that over its neighbours.
    private double[] means(double[] sums) {
        double[] means = new double[PlacementCurve.MOST_PERCENT + 1];
        for (int percent = 0; percent < means.length; percent++) {
            double sum = sums[percent];
            int count = samples[percent];
            if (count == 0) {
                int below = Math.max(percent - 1, 0);
                sum = sums[below] + sums[percent + 1];
                count = samples[below] + samples[percent + 1];
            }
            means[percent] = count == 0 ? Double.NaN : sum / count;
        }
        return means;
    }
}
