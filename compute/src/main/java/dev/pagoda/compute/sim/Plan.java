package dev.pagoda.compute.sim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A decision in the making: which jobs run in which pool, within what the pools have.
public final class Plan {
    private final int[] devices;
    private final int[] wholeLeft;
    private final long[] milliLeft;
    private final int[] poolOf;
    private final List<JobState> chosen = new ArrayList<>();

    Plan(ClusterShape cluster, int jobs) {
        devices = cluster.pools().stream().mapToInt(ClusterShape.Pool::devices).toArray();
        wholeLeft = new int[devices.length];
        milliLeft = new long[devices.length];
        poolOf = new int[jobs];
        Arrays.fill(poolOf, JobState.NOWHERE);
        clear();
    }

    /// Begins anew with nothing running.
    void clear() {
        for (JobState each : chosen) {
            poolOf[each.index()] = JobState.NOWHERE;
        }
        chosen.clear();
        for (int i = 0; i < devices.length; i++) {
            wholeLeft[i] = devices[i];
            milliLeft[i] = (long) devices[i] * JobSpec.WHOLE;
        }
    }

    /// The jobs that are to run, in the order in which they were put in.
    List<JobState> chosen() {
        return chosen;
    }

    /// Whether a job can run in a pool beside those that are in the plan.
    public boolean fits(JobState job, int pool) {
        JobSpec spec = job.spec();
        return spec.rate()[pool] > 0
                && (spec.milli() == JobSpec.WHOLE
                        ? spec.devices() <= wholeLeft[pool] && spec.demandMilli() <= milliLeft[pool]
                        : spec.milli() <= milliLeft[pool]);
    }

    /// Puts a job into the plan.
    public void run(JobState job, int pool) {
        if (has(job) || !fits(job, pool)) {
            throw new IllegalStateException("job " + job.spec().name() + " cannot run in pool " + pool);
        }
        poolOf[job.index()] = pool;
        chosen.add(job);
        milliLeft[pool] -= job.spec().demandMilli();
        // Shares are packed tightly: as many devices are left whole as their sum allows.
        wholeLeft[pool] = (int) Math.min(
                job.spec().milli() == JobSpec.WHOLE
                        ? wholeLeft[pool] - job.spec().devices()
                        : wholeLeft[pool],
                milliLeft[pool] / JobSpec.WHOLE);
    }

    /// Lets two jobs of the plan that need the same change pools.
    void swap(JobState one, JobState other) {
        int pool = poolOf[one.index()];
        poolOf[one.index()] = poolOf[other.index()];
        poolOf[other.index()] = pool;
    }

    public boolean has(JobState job) {
        return poolOf[job.index()] != JobState.NOWHERE;
    }

    int poolOf(JobState job) {
        return poolOf[job.index()];
    }

    /// Whole devices a pool has left.
    public int wholeLeft(int pool) {
        return wholeLeft[pool];
    }

    /// The first pool of the cluster that a job fits, -1 if it fits nowhere.
    public int firstFitting(JobState job) {
        for (int i = 0; i < wholeLeft.length; i++) {
            if (fits(job, i)) {
                return i;
            }
        }
        return JobState.NOWHERE;
    }

    /// The fitting pool in which a job runs fastest, the first of equals; -1 if it fits nowhere.
    public int fastestFitting(JobState job) {
        double[] rate = job.spec().rate();
        int best = -1;
        for (int i = 0; i < rate.length; i++) {
            if (fits(job, i) && (best < 0 || rate[i] > rate[best])) {
                best = i;
            }
        }
        return best;
    }

    /// Leaves every running job where it is.
    public void keep(List<JobState> jobs) {
        for (JobState each : jobs) {
            if (each.isRunning()) {
                run(each, each.pool());
            }
        }
    }
}
