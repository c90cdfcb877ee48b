package dev.pagoda.compute.sim;

import java.util.Arrays;
import java.util.List;

/// Max-min fairness that takes all devices to be alike: everybody gets the same device-seconds, or all of its
/// time if that is less, over the pools as they are large.
final class AgnosticShares implements SharesPolicy.Shares {
    @Override
    public double[][] of(JobPolicy.View view) {
        double[] capacity = MaxMinShares.capacity(view.cluster());
        double all = Arrays.stream(capacity).sum();
        List<JobState> jobs = view.jobs();
        double level = level(
                jobs.stream()
                        .mapToDouble(job -> MaxMinShares.size(job.spec()))
                        .sorted()
                        .toArray(),
                all);
        double[][] shares = new double[jobs.size()][capacity.length];
        for (int i = 0; i < shares.length; i++) {
            double size = MaxMinShares.size(jobs.get(i).spec());
            for (int j = 0; j < capacity.length; j++) {
                shares[i][j] = Math.min(1, level / size) * capacity[j] / all;
            }
        }
        return shares;
    }

    /// The devices everybody may hold on average, so that together they hold all.
    ///
    /// @param sizes ascending
    static double level(double[] sizes, double all) {
        double left = all;
        for (int i = 0; i < sizes.length; i++) {
            double even = left / (sizes.length - i);
            if (sizes[i] >= even) {
                return even;
            }
            left -= sizes[i];
        }
        return Double.POSITIVE_INFINITY;
    }
}
