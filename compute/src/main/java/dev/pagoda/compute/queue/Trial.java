package dev.pagoda.compute.queue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A thought: some running jobs stopped, shrunk or moved and one started, on a fork of the room. The state is
/// not touched until somebody repeats it there.
final class Trial {
    final State state;
    final Room room;
    /// Where jobs would be that are not where they are; null for those that would be stopped.
    private final IdentityHashMap<Job, @Nullable Seat> changed = new IdentityHashMap<>();
    private @Nullable Job started;
    private @Nullable Seat startedSeat;

    Trial(State state) {
        this.state = state;
        this.room = state.room.beside();
    }

    void stop(Job job) {
        Seat seat = seat(job);
        if (seat == null) {
            throw new IllegalStateException("job " + job.id() + " is stopped twice in one trial");
        }
        room.release(job.spec.queue(), seat);
        changed.put(job, null);
    }

    /// Gives a stopped job what it has in the state.
    void restore(Job job) {
        changed.put(job, room.hold(job.spec.queue(), job.seatOrThrow()));
    }

    /// Gives a stopped job a seat of so many tasks anywhere.
    boolean reseat(Job job, int tasks) {
        Seat seat = room.trySeat(job.spec, tasks, tasks);
        if (seat == null) {
            return false;
        }
        changed.put(job, seat);
        return true;
    }

    void unseat(Job job) {
        stop(job);
    }

    void shrink(Job job, int tasks) {
        Seat seat = seat(job);
        if (seat != null) {
            changed.put(job, room.shrink(job.spec, seat, tasks));
        }
    }

    boolean start(Job job, int least, int most) {
        Seat seat = room.trySeat(job.spec, least, most);
        if (seat == null) {
            return false;
        }
        started = job;
        startedSeat = seat;
        return true;
    }

    void takeBack() {
        Job job = started;
        Seat seat = startedSeat;
        if (job != null && seat != null) {
            room.release(job.spec.queue(), seat);
            started = null;
            startedSeat = null;
        }
    }

    /// Whether a job would fit now; it is not kept.
    boolean fits(Job job, int tasks) {
        boolean fits = start(job, tasks, tasks);
        takeBack();
        return fits;
    }

    @Nullable
    Seat seat(Job job) {
        return changed.containsKey(job) ? changed.get(job) : job.seat;
    }

    Seat startedSeat() {
        Seat seat = startedSeat;
        if (seat == null) {
            throw new IllegalStateException("nothing was started");
        }
        return seat;
    }

    /// Whether another job could start at a later time, everything that is expected to end by then gone.
    boolean fitsAt(Job job, int tasks, long atMicros) {
        var later = room.beside();
        for (Holder holder : holders()) {
            if (holder.endMicros <= atMicros) {
                later.release(holder.job.spec.queue(), holder.seat);
            }
        }
        return later.trySeat(job.spec, tasks, tasks) != null;
    }

    private record Holder(Job job, Seat seat, long endMicros) {}

    private List<Holder> holders() {
        List<Holder> holders = new ArrayList<>();
        for (Job job : state.running.values()) {
            Seat seat = seat(job);
            if (seat != null) {
                holders.add(new Holder(job, seat, state.expectedEnd(job)));
            }
        }
        Job job = started;
        Seat seat = startedSeat;
        if (job != null && seat != null) {
            holders.add(new Holder(job, seat, state.endIfStarted(job, seat)));
        }
        return Collections.unmodifiableList(holders);
    }
}
