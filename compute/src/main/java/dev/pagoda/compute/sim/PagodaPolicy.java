package dev.pagoda.compute.sim;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Our own: each device goes where it brings most, counted in completions to come, without knowing how long
/// jobs are.
///
/// That jobs are short or long over many decades alike means that one that has run for a seconds ends in the
/// next with a chance of about 1/(a + c). The worth of a pool for a job is its speed there, compared with its
/// best, for each device it takes, times that chance damped: undamped, the young would hold the fast devices
/// whether they gain by them or not, and without it nobody would be let go ahead for being short. Seconds count
/// at the job's best speed, so that time on slow devices is not held against it. What a job has waited raises
/// its worth without bound, for each device alike, so that none starves and gangs wait no longer than others.
/// The dearest go first, then pairs swap pools while that gains, and a job that runs counts a little more where
/// it is, since moving costs.
final class PagodaPolicy implements JobPolicy {
    /// c: half an hour, below which the age of a job tells nothing.
    private static final double YOUNG_SECONDS = 1800;

    /// The power of the chance. On Gavel's workloads 1/4 has the lowest mean completion times among those that
    /// are at least as fair as max-min fairness; 0 would be lower by a few percent under load, and less fair.
    private static final double DAMPING = 0.25;

    private static final double STAY = 1.05;
    private static final double NANOS = 1e9;

    private record Bid(JobState job, int pool, double worth) implements Comparable<Bid> {
        @Override
        public int compareTo(Bid other) {
            int order = Double.compare(other.worth, worth);
            order = order != 0 ? order : Integer.compare(job.index(), other.job.index());
            return order != 0 ? order : Integer.compare(pool, other.pool);
        }
    }

    /// Whether somebody had to take less than the best at the last decision.
    private boolean isCrowded;

    /// Worth changes with time, which matters only where there is not enough for all.
    @Override
    public boolean takesTurns() {
        return isCrowded;
    }

    @Override
    public void decide(View view, Plan plan) {
        isCrowded = !givesAllTheirBest(view.jobs(), plan);
        if (!isCrowded) {
            return;
        }
        plan.clear();
        List<Bid> bids = new ArrayList<>();
        Map<JobState, double[]> worth = new HashMap<>();
        for (JobState job : view.jobs()) {
            double[] each = worth(job, view.nowNanos());
            worth.put(job, each);
            for (int j = 0; j < each.length; j++) {
                if (each[j] > 0) {
                    bids.add(new Bid(job, j, each[j] / job.spec().demandMilli()));
                }
            }
        }
        Collections.sort(bids);
        for (Bid each : bids) {
            if (!plan.has(each.job()) && plan.fits(each.job(), each.pool())) {
                plan.run(each.job(), each.pool());
            }
        }
        swap(plan, worth, view.cluster().pools().size());
    }

    /// Plans everybody in a pool where it is fastest, its own where that is one.
    ///
    /// @return whether there is room for that
    private static boolean givesAllTheirBest(List<JobState> jobs, Plan plan) {
        for (JobState job : jobs) {
            if (job.isRunning() && isFastest(job, job.pool())) {
                plan.run(job, job.pool());
            }
        }
        for (JobState job : jobs) {
            if (!plan.has(job)) {
                int pool = plan.fastestFitting(job);
                if (pool < 0 || !isFastest(job, pool)) {
                    return false;
                }
                plan.run(job, pool);
            }
        }
        return true;
    }

    private static boolean isFastest(JobState job, int pool) {
        double[] rate = job.spec().rate();
        return rate[pool] >= rate[job.spec().fastestPool()];
    }

    /// What each pool is worth to a job.
    private static double[] worth(JobState job, long nowNanos) {
        JobSpec spec = job.spec();
        double best = spec.rate()[spec.fastestPool()];
        double aged = (spec.work() - job.remaining(nowNanos)) / best + YOUNG_SECONDS;
        double size = spec.demandMilli() / (double) JobSpec.WHOLE;
        double served = 0;
        for (int j = 0; j < spec.rate().length; j++) {
            served += job.servedSeconds(j, nowNanos);
        }
        double waited = Math.max(0, (nowNanos - spec.arrivalNanos()) / NANOS - served);
        double chance = (1 + size * waited / aged) * Math.pow(aged, -DAMPING);
        double[] worth = new double[spec.rate().length];
        for (int j = 0; j < worth.length; j++) {
            worth[j] = chance * spec.rate()[j] / best * (job.pool() == j ? STAY : 1);
        }
        return worth;
    }

    /// Lets jobs of the same size change pools in pairs that gain together, those first who gain most by it.
    private static void swap(Plan plan, Map<JobState, double[]> worth, int pools) {
        Map<Integer, List<JobState>> bySize = new TreeMap<>();
        for (JobState job : plan.chosen()) {
            bySize.computeIfAbsent(job.spec().demandMilli(), size -> new ArrayList<>())
                    .add(job);
        }
        for (List<JobState> jobs : bySize.values()) {
            for (int one = 0; one < pools; one++) {
                for (int other = one + 1; other < pools; other++) {
                    swap(movers(jobs, plan, worth, one, other), movers(jobs, plan, worth, other, one), plan);
                }
            }
        }
    }

    private record Mover(JobState job, double gain) implements Comparable<Mover> {
        @Override
        public int compareTo(Mover other) {
            int order = Double.compare(other.gain, gain);
            return order != 0 ? order : Integer.compare(job.index(), other.job.index());
        }
    }

    /// Those who run in one pool and could in another, by what they would gain there, the most first.
    private static List<Mover> movers(List<JobState> jobs, Plan plan, Map<JobState, double[]> worth, int from, int to) {
        List<Mover> movers = new ArrayList<>();
        for (JobState job : jobs) {
            double[] each = worth.getOrDefault(job, new double[0]);
            if (plan.poolOf(job) == from && each[to] > 0) {
                movers.add(new Mover(job, each[to] - each[from]));
            }
        }
        Collections.sort(movers);
        return movers;
    }

    private static void swap(List<Mover> there, List<Mover> back, Plan plan) {
        for (int i = 0; i < Math.min(there.size(), back.size()); i++) {
            if (there.get(i).gain() + back.get(i).gain() <= 0) {
                return;
            }
            plan.swap(there.get(i).job(), back.get(i).job());
        }
    }
}
