package dev.pagoda.compute.sim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What is written down while jobs run.
final class JobRecords {
    private static final double NANOS = 1e9;

    private final ClusterShape cluster;
    private final List<JobSpec> specs;
    private final double[] busyDeviceSeconds;
    private final long[] startedNanos;
    private final double[] activeAtArrival;
    private final JobReport.Outcome[] outcomes;

    /// The integral of the number of jobs that have arrived and are not done.
    private double activeSeconds;

    private long toldNanos;
    private int activeCount;
    private int arrived;

    JobRecords(ClusterShape cluster, List<JobSpec> specs) {
        this.cluster = cluster;
        this.specs = specs;
        this.busyDeviceSeconds = new double[cluster.pools().size()];
        this.startedNanos = new long[specs.size()];
        this.activeAtArrival = new double[specs.size()];
        this.outcomes = new JobReport.Outcome[specs.size()];
    }

    /// Told after each arrival and end.
    void active(long nowNanos, int count) {
        activeSeconds += activeCount * ((nowNanos - toldNanos) / NANOS);
        toldNanos = nowNanos;
        if (count > activeCount) {
            activeAtArrival[arrived++] = activeSeconds;
        }
        activeCount = count;
    }

    void started(long nowNanos, JobState job) {
        startedNanos[job.index()] = nowNanos;
    }

    void stopped(long nowNanos, JobState job) {
        busyDeviceSeconds[job.pool()] +=
                (nowNanos - startedNanos[job.index()]) / NANOS * job.spec().demandMilli() / JobSpec.WHOLE;
    }

    void done(long nowNanos, JobState job) {
        JobSpec spec = job.spec();
        double completion = (nowNanos - spec.arrivalNanos()) / NANOS;
        double others = (activeSeconds - activeAtArrival[job.index()]) / completion;
        outcomes[job.index()] = new JobReport.Outcome(
                spec.name(),
                spec.arrivalNanos() / NANOS,
                job.firstStartNanos() / NANOS,
                nowNanos / NANOS,
                job.preemptions(),
                completion / (spec.work() / IsolatedShare.rate(cluster, spec, Math.max(1, others))));
    }

    JobReport report() {
        double first = specs.getFirst().arrivalNanos() / NANOS;
        double last = Arrays.stream(outcomes)
                .mapToDouble(JobReport.Outcome::endSeconds)
                .max()
                .orElse(first);
        List<JobReport.Utilisation> utilisation = new ArrayList<>();
        for (int i = 0; i < busyDeviceSeconds.length; i++) {
            ClusterShape.Pool pool = cluster.pools().get(i);
            utilisation.add(
                    new JobReport.Utilisation(pool.device(), busyDeviceSeconds[i] / (pool.devices() * (last - first))));
        }
        return new JobReport(List.of(outcomes), utilisation, last - first);
    }
}
