package dev.pagoda.compute.queue;

import dev.pagoda.compute.api.JobCost;
import dev.pagoda.compute.api.JobPhase;
import dev.pagoda.compute.api.JobSpec;
import dev.pagoda.compute.api.StartTimes;
import dev.pagoda.compute.api.WorkSpec;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One job and how far it is. Written by the [State] that owns it only.
final class Job {
    static final long NEVER = Long.MAX_VALUE;

    JobSpec spec;
    final long sequence;
    final long submittedMicros;
    final Progress progress;
    JobPhase phase = JobPhase.PENDING;
    long pendingSinceMicros;

    @Nullable
    Seat seat;

    long startedMicros;
    /// How long it held a seat before the present run.
    long ranMicros;
    long endedMicros;
    long activeMicros;
    long grownMicros;
    /// When it ends by itself as things are; kept, because every event asks for the earliest.
    long endsMicros = NEVER;
    int starts;
    int preemptions;
    int requeues;
    int moves;
    int resizes;
    double lostDeviceSeconds;
    double servedDeviceSeconds;
    /// Since when the present seat has its size.
    long servedSinceMicros;
    JobCost cost = JobCost.NONE;
    String note = "";
    /// What it keeps in use on the disks of its nodes, as [Staging] counts it, by index of the node.
    Map<Integer, Integer> staged = Map.of();

    @Nullable
    StartTimes start;

    Job(JobSpec spec, long sequence, long nowMicros) {
        this.spec = spec;
        this.sequence = sequence;
        this.submittedMicros = nowMicros;
        this.pendingSinceMicros = nowMicros;
        this.progress = new Progress(steps(spec.work()), spec.checkpoint());
    }

    private Job(Job origin, Progress progress) {
        spec = origin.spec;
        sequence = origin.sequence;
        submittedMicros = origin.submittedMicros;
        this.progress = progress;
        phase = origin.phase;
        pendingSinceMicros = origin.pendingSinceMicros;
        seat = origin.seat;
        startedMicros = origin.startedMicros;
        ranMicros = origin.ranMicros;
        endedMicros = origin.endedMicros;
        activeMicros = origin.activeMicros;
        grownMicros = origin.grownMicros;
        endsMicros = origin.endsMicros;
        starts = origin.starts;
        preemptions = origin.preemptions;
        requeues = origin.requeues;
        moves = origin.moves;
        resizes = origin.resizes;
        lostDeviceSeconds = origin.lostDeviceSeconds;
        servedDeviceSeconds = origin.servedDeviceSeconds;
        servedSinceMicros = origin.servedSinceMicros;
        cost = origin.cost;
        note = origin.note;
        staged = origin.staged;
        start = origin.start;
    }

    Job copy() {
        return new Job(this, progress.copy());
    }

    String id() {
        return spec.id();
    }

    boolean isRunning() {
        return phase == JobPhase.RUNNING;
    }

    boolean isPending() {
        return phase == JobPhase.PENDING;
    }

    Seat seatOrThrow() {
        Seat held = seat;
        if (held == null) {
            throw new IllegalStateException("job " + id() + " holds nothing");
        }
        return held;
    }

    /// Devices it holds now, whole or in part; tasks for a job of the host alone.
    int width() {
        Seat held = seat;
        return held == null ? 0 : Math.max(held.devices(), held.tasks());
    }

    /// What stopping it now loses, in seconds of a device.
    double lossIfStopped(long nowMicros) {
        return spec.work() == null ? 0 : progress.unsavedMicros(nowMicros) / 1e6 * width();
    }

    boolean mayGrow() {
        Seat held = seat;
        return held != null && held.tasks() < spec.gang().max();
    }

    static double steps(@Nullable WorkSpec work) {
        return work == null ? Double.POSITIVE_INFINITY : work.steps();
    }
}
