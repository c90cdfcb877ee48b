package dev.pagoda.compute.sim;

/// What a job would get of a cluster that were split evenly among all: the yardstick of finish-time fairness
/// (Themis, NSDI 2020, with unlike devices as Gavel's isolated policy has it).
final class IsolatedShare {
    private IsolatedShare() {}

    /// Units of work a second with an `n`-th of the time of every pool, at most all of the job's own time.
    static double rate(ClusterShape cluster, JobSpec job, double n) {
        double rate = 0;
        double time = 0;
        for (int i = 0; i < job.rate().length; i++) {
            double part = cluster.pools().get(i).devices() / n / (job.demandMilli() / (double) JobSpec.WHOLE);
            rate += part * job.rate()[i];
            time += part;
        }
        return rate / Math.max(1, time);
    }
}
