package dev.pagoda.compute.queue;

import dev.pagoda.compute.api.JobKind;
import dev.pagoda.compute.api.JobSpec;
import dev.pagoda.compute.api.TaskSpec;
import dev.pagoda.compute.api.WorkSpec;
import dev.pagoda.compute.placement.Allotment;
import dev.pagoda.compute.placement.Cluster;
import java.util.List;
import java.util.Map;

/// How fast a job goes on what it got.
///
/// A step's computation is divided evenly over its devices, so a training step takes
/// `deviceSeconds / (n * speed)` plus a ring all-reduce of its gradients: every device sends and receives
/// `2 (n - 1) / n` of the bytes over the slowest link of the ring (Patarasuk and Yuan 2009,
/// https://doi.org/10.1016/j.jpdc.2008.09.002). Batch tasks do not talk to each other.
final class StepRate {
    private final Links links;
    private final Units units;

    StepRate(Links links, Units units) {
        this.links = links;
        this.units = units;
    }

    /// Steps a second; 0 for jobs without work.
    ///
    /// @param health the part of its link bandwidth that a node has left, by index; 1 where it is missing
    double of(JobSpec spec, Seat seat, Cluster cluster, Map<Integer, Double> health) {
        WorkSpec work = spec.work();
        if (work == null) {
            return 0;
        }
        TaskSpec task = spec.task();
        double parallel = task.devices() == 0 ? seat.tasks() : seat.devices() * share(spec, seat);
        double seconds = work.deviceSecondsPerStep() / (parallel * speed(work, seat.accelerator()));
        if (spec.kind() == JobKind.TRAINING && work.bytesPerStep() > 0) {
            seconds += allReduceSeconds(work.bytesPerStep(), seat, cluster, health);
        }
        return 1 / seconds;
    }

    private double speed(WorkSpec work, String accelerator) {
        Double own = work.speeds().get(accelerator);
        if (own != null) {
            return own;
        }
        return accelerator.isEmpty() ? 1 : (double) units.of(accelerator) / Units.REFERENCE_MILLI;
    }

    /// The part of a device that each member of the gang has.
    private static double share(JobSpec spec, Seat seat) {
        if (spec.task().profile().isEmpty()) {
            return spec.task().deviceMilli() / 1_000.0;
        }
        return (double) seat.use().deviceMilli()
                / (1_000.0 * seat.tasks() * spec.task().devices());
    }

    private double allReduceSeconds(double bytes, Seat seat, Cluster cluster, Map<Integer, Double> health) {
        int members = Math.max(seat.devices(), seat.tasks());
        if (members < 2) {
            return 0;
        }
        return bytes * 2 * (members - 1) / members / slowest(seat, cluster, health);
    }

    /// The bandwidth of the slowest link that a ring over a seat has to cross.
    double slowest(Seat seat, Cluster cluster, Map<Integer, Double> health) {
        List<Allotment> parts = seat.allotments();
        double weakest = 1;
        for (Allotment part : parts) {
            weakest = Math.min(weakest, health.getOrDefault(part.node(), 1.0));
        }
        return weakest * links.slowest(cluster, seat.accelerator(), parts);
    }
}
