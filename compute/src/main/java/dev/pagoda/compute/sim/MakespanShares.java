package dev.pagoda.compute.sim;

import java.util.List;

/// Gavel's minimum makespan (OSDI 2020, section 4.2): shares under which the last of the present jobs ends
/// soonest. It knows how much is left of each.
final class MakespanShares implements SharesPolicy.Shares {
    @Override
    public double[][] of(JobPolicy.View view) {
        List<JobState> jobs = view.jobs();
        double[][] value = new double[jobs.size()][];
        double[] size = new double[jobs.size()];
        int[] count = new int[jobs.size()];
        for (int i = 0; i < value.length; i++) {
            JobState job = jobs.get(i);
            double left = left(job, view.nowNanos());
            value[i] = new double[job.spec().rate().length];
            for (int j = 0; j < value[i].length; j++) {
                value[i][j] = job.spec().rate()[j] / left;
            }
            size[i] = MaxMinShares.size(job.spec());
            count[i] = 1;
        }
        return new MaxMinProgram(value, size, count, MaxMinShares.capacity(view.cluster()))
                .solve()
                .shares();
    }

    /// Never quite nothing, so that values stay finite for a job that ends in this very nanosecond.
    static double left(JobState job, long nowNanos) {
        return Math.max(job.remaining(nowNanos), job.spec().work() * 1e-9);
    }
}
