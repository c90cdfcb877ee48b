package dev.pagoda.compute.sim;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/// Our own: each device goes where it brings most, counted in completions to come, without knowing how long
/// jobs are.
///
/// That jobs are short or long over many decades alike means that one that has run for a seconds ends in the
/// next with a chance of about 1/(a + c). The worth of a pool for a job is its speed there, compared with its
/// best, for each device it takes, times that chance damped: undamped, the young would hold the fast devices
/// whether they gain by them or not, and without it nobody would be let go ahead for being short. Seconds count
/// at the job's best speed, so that time on slow devices is not held against it. What a job has waited raises
/// its worth without bound, so that none starves. The dearest go first, then pairs swap pools while that gains,
/// and a job that runs counts a little more where it is, since moving costs.
final class PagodaPolicy implements JobPolicy {
    /// c: half an hour, below which the age of a job tells nothing.
    private static final double YOUNG_SECONDS = 1800;

    /// The power of the chance. On Gavel's workloads 1/4 has the lowest mean completion times among those that
    /// are at least as fair as max-min fairness; 0 would be lower by 3 % under load, and less fair.
    private static final double DAMPING = 0.25;

    private static final double STAY = 1.05;
    private static final int PASSES = 2;
    private static final double NANOS = 1e9;

    private record Bid(JobState job, int place, int pool, double worth) implements Comparable<Bid> {
        @Override
        public int compareTo(Bid other) {
            int order = Double.compare(other.worth, worth);
            order = order != 0 ? order : Integer.compare(place, other.place);
            return order != 0 ? order : Integer.compare(pool, other.pool);
        }
    }

    @Override
    public boolean takesTurns() {
        return true;
    }

    @Override
    public void decide(View view, Plan plan) {
        List<Bid> bids = new ArrayList<>();
        double[][] worth = new double[view.jobs().size()][];
        for (int i = 0; i < worth.length; i++) {
            JobState job = view.jobs().get(i);
            worth[i] = worth(job, view.nowNanos());
            for (int j = 0; j < worth[i].length; j++) {
                if (worth[i][j] > 0) {
                    bids.add(new Bid(job, i, j, worth[i][j] / job.spec().demandMilli()));
                }
            }
        }
        Collections.sort(bids);
        for (Bid each : bids) {
            if (!plan.has(each.job()) && plan.fits(each.job(), each.pool())) {
                plan.run(each.job(), each.pool());
            }
        }
        swap(view.jobs(), worth, plan);
    }

    /// What each pool is worth to a job.
    private static double[] worth(JobState job, long nowNanos) {
        JobSpec spec = job.spec();
        double best = spec.rate()[spec.fastestPool()];
        double aged = (spec.work() - job.remaining(nowNanos)) / best + YOUNG_SECONDS;
        double served = 0;
        for (int j = 0; j < spec.rate().length; j++) {
            served += job.servedSeconds(j, nowNanos);
        }
        double waited = Math.max(0, (nowNanos - spec.arrivalNanos()) / NANOS - served);
        double chance = (1 + waited / aged) * Math.pow(aged, -DAMPING);
        double[] worth = new double[spec.rate().length];
        for (int j = 0; j < worth.length; j++) {
            worth[j] = chance * spec.rate()[j] / best * (job.pool() == j ? STAY : 1);
        }
        return worth;
    }

    /// Lets two jobs of the same size change pools where both together gain.
    private static void swap(List<JobState> jobs, double[][] worth, Plan plan) {
        int[] running = IntStream.range(0, worth.length)
                .filter(i -> plan.has(jobs.get(i)))
                .toArray();
        boolean hasGained = true;
        for (int pass = 0; pass < PASSES && hasGained; pass++) {
            hasGained = false;
            for (int i = 0; i < running.length; i++) {
                JobState one = jobs.get(running[i]);
                for (int k = i + 1; k < running.length; k++) {
                    hasGained |= swap(one, worth[running[i]], jobs.get(running[k]), worth[running[k]], plan);
                }
            }
        }
    }

    private static boolean swap(JobState one, double[] worthOfOne, JobState other, double[] worthOfOther, Plan plan) {
        int from = plan.poolOf(one);
        int to = plan.poolOf(other);
        if (from == to
                || one.spec().devices() != other.spec().devices()
                || one.spec().milli() != other.spec().milli()
                || worthOfOne[to] <= 0
                || worthOfOther[from] <= 0) {
            return false;
        }
        double gain = worthOfOne[to] + worthOfOther[from] - worthOfOne[from] - worthOfOther[to];
        if (gain <= 1e-9 * (worthOfOne[to] + worthOfOther[from])) {
            return false;
        }
        plan.swap(one, other);
        return true;
    }
}
