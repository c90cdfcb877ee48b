package dev.pagoda.compute.sim;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Gavel's way from shares of time to rounds (Narayanan et al., OSDI 2020, section 5): in every round those run
/// first who have had least of what their share promises, and what is left goes to whoever can use it. Shares
/// are computed anew when jobs have arrived or ended, but not more often than Gavel's simulator does.
final class SharesPolicy implements JobPolicy {
    /// `minimum_time_between_allocation_resets` of Gavel's scheduler.py.
    private static final long LEAST_NANOS = 1_920_000_000_000L;

    /// The share of its time that each job gets of each pool.
    interface Shares {
        /// @return a row for each job of the view, of a part of its time for each pool; together at most 1
        double[][] of(View view);
    }

    private record Promise(JobState job, int rank, int pool, double priority, double share)
            implements Comparable<Promise> {
        @Override
        public int compareTo(Promise other) {
            int order = Integer.compare(rank, other.rank);
            order = order != 0 ? order : Double.compare(other.priority, priority);
            order = order != 0 ? order : Double.compare(other.share, share);
            order = order != 0 ? order : Integer.compare(job.index(), other.job.index());
            return order != 0 ? order : Integer.compare(pool, other.pool);
        }
    }

    private final Shares shares;
    private final boolean knowsRates;
    private final SplittableRandom random;
    private final Map<JobState, double[]> promised = new HashMap<>();
    private final Map<JobState, double[]> hadBefore = new HashMap<>();
    private long computedNanos = -1;
    private boolean isStale;

    /// @param knowsRates whether pools differ to it: then promises of all pools count together, and who gets
    ///                   what is left goes to its fastest pool. Otherwise pools are gone through in an order
    ///                   drawn each round
    SharesPolicy(Shares shares, boolean knowsRates, long seed) {
        this.shares = shares;
        this.knowsRates = knowsRates;
        this.random = new SplittableRandom(seed);
    }

    @Override
    public boolean takesTurns() {
        return true;
    }

    @Override
    public void decide(View view, Plan plan) {
        isStale |= view.haveChanged();
        if (isStale && (computedNanos < 0 || view.nowNanos() - computedNanos >= LEAST_NANOS)) {
            compute(view);
        }
        for (Promise each : promises(view)) {
            if (!plan.has(each.job()) && plan.fits(each.job(), each.pool())) {
                plan.run(each.job(), each.pool());
            }
        }
        for (JobState job : view.jobs()) {
            if (!plan.has(job)) {
                int pool = knowsRates ? plan.fastestFitting(job) : plan.firstFitting(job);
                if (pool >= 0) {
                    plan.run(job, pool);
                }
            }
        }
    }

    private void compute(View view) {
        double[][] rows = shares.of(view);
        promised.clear();
        hadBefore.clear();
        int pools = view.cluster().pools().size();
        for (int i = 0; i < rows.length; i++) {
            JobState job = view.jobs().get(i);
            promised.put(job, rows[i]);
            double[] had = new double[pools];
            for (int j = 0; j < pools; j++) {
                had[j] = job.servedSeconds(j, view.nowNanos());
            }
            hadBefore.put(job, had);
        }
        computedNanos = view.nowNanos();
        isStale = false;
    }

    /// What was promised, the least kept first. Everybody is taken to have had half a round already, so that a
    /// new promise counts by its size.
    private List<Promise> promises(View view) {
        int pools = view.cluster().pools().size();
        double half = view.roundNanos() / 2e9;
        double[] total = new double[pools];
        for (JobState job : view.jobs()) {
            double[] before = hadBefore.get(job);
            for (int j = 0; before != null && j < pools; j++) {
                total[j] += half + job.servedSeconds(j, view.nowNanos()) - before[j];
            }
        }
        int[] rank = new int[pools];
        if (!knowsRates) {
            shuffle(rank);
        }
        List<Promise> promises = new ArrayList<>();
        for (JobState job : view.jobs()) {
            double[] row = promised.get(job);
            double[] before = hadBefore.get(job);
            for (int j = 0; row != null && before != null && j < pools; j++) {
                if (row[j] > MaxMinProgram.TOLERANCE && job.spec().rate()[j] > 0) {
                    double had = half + job.servedSeconds(j, view.nowNanos()) - before[j];
                    promises.add(new Promise(job, rank[j], j, row[j] * total[j] / had, row[j]));
                }
            }
        }
        Collections.sort(promises);
        return promises;
    }

    private void shuffle(int[] rank) {
        for (int i = 0; i < rank.length; i++) {
            int other = random.nextInt(i + 1);
            rank[i] = rank[other];
            rank[other] = i;
        }
    }
}
