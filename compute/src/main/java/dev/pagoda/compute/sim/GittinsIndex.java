package dev.pagoda.compute.sim;

/// The Gittins index of a job by the service it has had, when all that is known of its length is how long
/// others were: the chance that it ends within the next quantum, over the service it is expected to take of
/// that quantum (Gu et al., NSDI 2019, section 3.3; the quantum is the first queue's, as in Tiresias's
/// simulator).
public final class GittinsIndex {
    private final double[] times;
    private final double quantum;
    private final double[] sums;

    /// @param times   service times of past jobs, ascending, at least one
    /// @param quantum of service, above 0, in the same unit
    public GittinsIndex(double[] times, double quantum) {
        if (times.length == 0 || !(quantum > 0)) {
            throw new IllegalArgumentException(times.length + " past jobs, a quantum of " + quantum);
        }
        this.times = times.clone();
        this.quantum = quantum;
        this.sums = new double[times.length + 1];
        for (int i = 0; i < times.length; i++) {
            if (i > 0 && times[i] < times[i - 1]) {
                throw new IllegalArgumentException(
                        "service times are not ascending: " + times[i] + " after " + times[i - 1]);
            }
            sums[i + 1] = sums[i] + times[i];
        }
    }

    /// The index after so much service; 0 when no past job was that long.
    public double at(double attained) {
        int from = firstAbove(attained);
        int longer = times.length - from;
        if (longer == 0) {
            return 0;
        }
        int to = firstAbove(attained + quantum);
        double chance = (double) (to - from) / longer;
        double expected = (sums[to] - sums[from] - (to - from) * attained + (times.length - to) * quantum) / longer;
        return chance / expected;
    }

    private int firstAbove(double value) {
        int low = 0;
        int high = times.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (times[middle] > value) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
