package dev.pagoda.compute.queue;

import dev.pagoda.compute.api.JobKind;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Gives idle devices to elastic gangs that run: the highest priority first, then the oldest. A gang with work
/// grows only if it ends earlier in spite of the checkpoint and restart that a change of size costs.
final class Growth {
    private final State state;
    private final long pauseMicros;

    Growth(State state) {
        this.state = state;
        this.pauseMicros = Progress.micros(state.policy.resizeSeconds());
    }

    void run() {
        if (state.elastic.isEmpty()) {
            return;
        }
        List<Job> takers = state.elastic.values().stream()
                .filter(Job::mayGrow)
                .filter(job -> state.nowMicros >= nextMicros(job))
                .filter(job -> state.room.isOpen(job.seatOrThrow()))
                .sorted(Comparator.comparingInt((Job job) -> -job.spec.priority())
                        .thenComparingLong(job -> job.sequence))
                .toList();
        takers.forEach(this::grow);
    }

    /// The earliest time at which a gang may grow again.
    long nextMicros(Job job) {
        return job.grownMicros + pauseMicros;
    }

    private void grow(Job job) {
        Seat before = job.seatOrThrow();
        Optional<Seat> more = job.spec.gang().required() == null
                ? state.room.extend(job.spec, before, job.spec.gang().max() - before.tasks())
                : replace(job, before);
        if (more.isEmpty()) {
            return;
        }
        Seat after = more.get();
        if (isWorthIt(job, after)) {
            state.resize(job, after, "devices were idle");
        } else if (job.spec.gang().required() == null) {
            state.room.shrink(job.spec, after, before.tasks());
        } else {
            state.room.release(job.spec.queue(), after);
            job.seat = state.room.hold(job.spec.queue(), before);
        }
    }

    /// A gang that must stay together is placed anew as a whole.
    private Optional<Seat> replace(Job job, Seat before) {
        state.room.release(job.spec.queue(), before);
        Seat after =
                state.room.trySeat(job.spec, before.tasks() + 1, job.spec.gang().max());
        if (after != null && after.accelerator().equals(before.accelerator())) {
            state.unsettled = true;
            return Optional.of(after);
        }
        if (after != null) {
            state.room.release(job.spec.queue(), after);
        }
        job.seat = state.room.hold(job.spec.queue(), before);
        return Optional.empty();
    }

    private boolean isWorthIt(Job job, Seat after) {
        if (job.spec.kind() == JobKind.SERVING || job.spec.work() == null) {
            return true;
        }
        Progress then = job.progress.copy();
        long start = state.staging
                        .more(job, after, state.room.cluster(), state.nowMicros)
                        .totalMillis()
                * 1_000;
        then.relocate(state.nowMicros, state.rate(job, after), start);
        return then.endMicros() < job.progress.endMicros();
    }
}
