package dev.pagoda.compute.sim;

import dev.pagoda.compute.trace.JobTrace;
import dev.pagoda.compute.trace.Throughputs;
import dev.pagoda.compute.trace.TraceJob;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The jobs of a trace on the devices of a cluster.
///
/// @param jobs  in the order of arrival
/// @param notes what was assumed or left out, a sentence each
public record JobWorkload(List<JobSpec> jobs, List<String> notes) {
    private static final double NANOS = 1e9;

    public JobWorkload {
        jobs = List.copyOf(jobs);
        notes = List.copyOf(notes);
    }

    /// What a trace does not say.
    ///
    /// @param throughputs    needed by jobs whose work is in steps
    /// @param speeds         of devices, 1 for those not named, for jobs whose work is in seconds
    /// @param skipsOversized whether jobs that fit no pool are left out rather than refused
    public record Terms(Optional<Throughputs> throughputs, Map<String, Double> speeds, boolean skipsOversized) {
        public Terms {
            speeds = Map.copyOf(speeds);
            speeds.forEach((device, speed) -> {
                if (!(speed > 0 && speed <= 1e6)) {
                    throw new IllegalArgumentException(
                            "the speed " + speed + " of " + device + " is not within 0..1e6");
                }
            });
        }
    }

    /// @throws IllegalArgumentException if a job can run nowhere in the cluster, or no rate is known for it
    public static JobWorkload of(JobTrace trace, ClusterShape cluster, Terms terms) {
        List<JobSpec> specs = new ArrayList<>();
        int scaled = 0;
        int oversized = 0;
        String firstOversized = "";
        for (TraceJob job : trace.jobs()) {
            Rates rates = rates(job, cluster, terms);
            if (!fits(job, rates, cluster)) {
                firstOversized = oversized++ == 0 ? job.name() + " with " + job.devices() : firstOversized;
                continue;
            }
            scaled += rates.isScaled() ? 1 : 0;
            specs.add(new JobSpec(
                    job.name(),
                    Math.round(job.arrivalSeconds() * NANOS),
                    job.devices(),
                    job.deviceMilli(),
                    switch (job.work()) {
                        case TraceJob.Work.Steps(double steps) -> steps;
                        case TraceJob.Work.Seconds(double seconds) -> seconds;
                    },
                    rates.packed(),
                    rates.spread()));
        }
        if ((oversized > 0 && !terms.skipsOversized()) || specs.isEmpty()) {
            throw new IllegalArgumentException(oversized + " of " + trace.jobs().size()
                    + " jobs need more devices of a kind that runs them than the cluster has, the first is job "
                    + firstOversized + " devices");
        }
        List<String> notes = new ArrayList<>(trace.notes());
        if (scaled > 0) {
            notes.add(scaled + " of " + specs.size() + " jobs were not measured on so many devices: their rate is that"
                    + " on the most fewer ones, in proportion");
        }
        if (oversized > 0) {
            notes.add(oversized + " jobs that need more devices of a kind than the cluster has are left out");
        }
        return new JobWorkload(specs, notes);
    }

    private record Rates(double[] packed, double[] spread, boolean isScaled) {}

    private static Rates rates(TraceJob job, ClusterShape cluster, Terms terms) {
        int pools = cluster.pools().size();
        double[] packed = new double[pools];
        double[] spread = new double[pools];
        boolean isScaled = false;
        for (int i = 0; i < pools; i++) {
            String device = cluster.pools().get(i).device();
            if (!job.models().isEmpty() && !job.models().contains(device)) {
                continue;
            }
            switch (job.work()) {
                case TraceJob.Work.Seconds _ -> {
                    packed[i] = terms.speeds().getOrDefault(device, 1.0);
                    spread[i] = packed[i];
                }
                case TraceJob.Work.Steps _ -> {
                    Throughputs table = terms.throughputs()
                            .orElseThrow(() -> new IllegalArgumentException(
                                    "the trace counts steps, and no throughputs say how many a device does"));
                    check(table, device, job);
                    isScaled |=
                            table.rate(device, job.type(), job.devices(), false).isEmpty();
                    packed[i] = table.scaledRate(device, job.type(), job.devices(), false)
                            .orElse(0);
                    spread[i] = table.scaledRate(device, job.type(), job.devices(), true)
                            .orElse(packed[i]);
                }
            }
        }
        return new Rates(packed, spread, isScaled);
    }

    private static void check(Throughputs table, String device, TraceJob job) {
        if (!table.devices().contains(device)) {
            throw new IllegalArgumentException("the cluster has " + device + ", and the throughputs have only "
                    + String.join(", ", table.devices()));
        }
        if (!table.knows(job.type())) {
            throw new IllegalArgumentException(
                    "the throughputs know nothing of " + job.type() + ", the type of job " + job.name());
        }
    }

    private static boolean fits(TraceJob job, Rates rates, ClusterShape cluster) {
        for (int i = 0; i < rates.packed().length; i++) {
            if (rates.packed()[i] > 0 && cluster.pools().get(i).devices() >= job.devices()) {
                return true;
            }
        }
        return false;
    }
}
