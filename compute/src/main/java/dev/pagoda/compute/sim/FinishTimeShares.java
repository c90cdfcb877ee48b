package dev.pagoda.compute.sim;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Finish-time fairness (Themis, NSDI 2020) over unlike devices, as Gavel has it (OSDI 2020, section 4.2):
/// shares under which the worst ratio of a job's completion time to that with an even share of the cluster is
/// as small as can be. It knows how much is left of each job.
final class FinishTimeShares implements SharesPolicy.Shares {
    /// How close the ratio is sought.
    private static final double CLOSENESS = 1.02;

    private static final int MAX_TRIES = 60;

    private record Past(double isolatedSeconds, double left, double isolatedRate) {}

    private Map<JobState, Past> past = new HashMap<>();

    @Override
    public double[][] of(JobPolicy.View view) {
        List<JobState> jobs = view.jobs();
        double[] alone = isolated(view);
        double low = 0;
        for (int i = 0; i < alone.length; i++) {
            JobState job = jobs.get(i);
            double fastest = job.spec().rate()[job.spec().fastestPool()];
            low = Math.max(low, (age(job, view) + MakespanShares.left(job, view.nowNanos()) / fastest) / alone[i]);
        }
        // At the very least a job needs all of its time, so the first try is a little above.
        double high = low * CLOSENESS;
        MaxMinProgram.Solution found = solve(view, alone, high);
        for (int i = 0; found.z() < 1 && i < MAX_TRIES; i++) {
            low = high;
            high *= 2;
            found = solve(view, alone, high);
        }
        while (high > low * CLOSENESS) {
            double middle = Math.sqrt(low * high);
            MaxMinProgram.Solution tried = solve(view, alone, middle);
            if (tried.z() >= 1) {
                found = tried;
                high = middle;
            } else {
                low = middle;
            }
        }
        return filled(view, found.shares());
    }

    /// With what is left where the worst off cannot be helped further.
    private static double[][] filled(JobPolicy.View view, double[][] shares) {
        double[] capacity = MaxMinShares.capacity(view.cluster());
        double[][] value = new double[shares.length][];
        double[] size = new double[shares.length];
        int[] count = new int[shares.length];
        for (int i = 0; i < shares.length; i++) {
            JobSpec spec = view.jobs().get(i).spec();
            value[i] = MaxMinShares.value(spec, capacity);
            size[i] = MaxMinShares.size(spec);
            count[i] = 1;
        }
        MaxMinShares.fill(shares, value, size, count, capacity);
        return shares;
    }

    /// The completion time of each job with an even share, by what it has done and what it has still to do.
    private double[] isolated(JobPolicy.View view) {
        Map<JobState, Past> next = new HashMap<>();
        double[] alone = new double[view.jobs().size()];
        for (int i = 0; i < alone.length; i++) {
            JobState job = view.jobs().get(i);
            double left = MakespanShares.left(job, view.nowNanos());
            double rate = IsolatedShare.rate(view.cluster(), job.spec(), alone.length);
            Past before = past.getOrDefault(job, new Past(0, left, rate));
            double seconds = before.isolatedSeconds() + (before.left() - left) / before.isolatedRate();
            next.put(job, new Past(seconds, left, rate));
            alone[i] = seconds + left / rate;
        }
        past = next;
        return alone;
    }

    private static double age(JobState job, JobPolicy.View view) {
        return (view.nowNanos() - job.spec().arrivalNanos()) / 1e9;
    }

    /// Whether the ratio can be had: then the least value is at least 1.
    private static MaxMinProgram.Solution solve(JobPolicy.View view, double[] alone, double ratio) {
        double[][] value = new double[alone.length][];
        double[] size = new double[alone.length];
        int[] count = new int[alone.length];
        for (int i = 0; i < alone.length; i++) {
            JobState job = view.jobs().get(i);
            double seconds = ratio * alone[i] - age(job, view);
            double left = MakespanShares.left(job, view.nowNanos());
            value[i] = new double[job.spec().rate().length];
            for (int j = 0; j < value[i].length; j++) {
                value[i][j] = job.spec().rate()[j] * seconds / left;
            }
            size[i] = MaxMinShares.size(job.spec());
            count[i] = 1;
        }
        return new MaxMinProgram(value, size, count, MaxMinShares.capacity(view.cluster())).solve(1);
    }
}
