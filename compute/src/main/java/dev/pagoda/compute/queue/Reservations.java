package dev.pagoda.compute.queue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The jobs that are next and blocked, each with the earliest time at which it can start, which nobody behind
/// it may delay (EASY backfilling; Lifka 1995, https://doi.org/10.1007/3-540-60153-8_35).
///
/// A reservation keeps the room as it will be at its time: what is expected to end by then is gone, and the job
/// sits in it. A job that would still run at that time may start now only if the reserved one still finds a
/// seat beside it. For one reservation this is exact as far as the expected ends are; with several, later ones
/// see earlier ones as jobs that will run.
final class Reservations {
    private final State state;
    private final List<Reservation> list = new ArrayList<>();
    private final List<End> byEnd = new ArrayList<>();
    private final List<Long> endTimes = new ArrayList<>();
    /// The state of [State#changes()] that the ends belong to.
    private long endsOf = -1;

    Reservations(State state) {
        this.state = state;
    }

    private static final class Reservation {
        private final Job job;
        private final long atMicros;
        private final long endMicros;
        /// Whether other reserved jobs sit in its room, whose seats are not those they will have.
        private final boolean isShared;

        private Room room;
        private Seat seat;

        Reservation(Job job, long atMicros, long endMicros, boolean isShared, Room room, Seat seat) {
            this.job = job;
            this.atMicros = atMicros;
            this.endMicros = endMicros;
            this.isShared = isShared;
            this.room = room;
            this.seat = seat;
        }
    }

    private record End(Job job, long micros) {}

    /// Those for which there is one, in its order.
    List<Job> jobs() {
        return list.stream().map(each -> each.job).toList();
    }

    int size() {
        return list.size();
    }

    /// The job that a new seat would delay, empty when it delays nobody. When it is empty the seat counts as
    /// taken from then on.
    Optional<Job> take(Job job, Seat seat, long endMicros) {
        List<Runnable> undo = new ArrayList<>();
        for (Reservation each : list) {
            if (endMicros <= each.atMicros) {
                continue;
            }
            if (each.isShared) {
                Room was = each.room;
                Seat sat = each.seat;
                lookAtEnds();
                Reservation again = at(each.job, each.atMicros, list.indexOf(each));
                if (again == null) {
                    undo.reversed().forEach(Runnable::run);
                    return Optional.of(each.job);
                }
                each.room = again.room;
                each.seat = again.seat;
                undo.add(() -> {
                    each.room = was;
                    each.seat = sat;
                });
                continue;
            }
            Seat before = each.seat;
            each.room.release(each.job.spec.queue(), before);
            Seat beside = each.room.hold(job.spec.queue(), seat);
            Seat after = seatOf(each.room, each.job);
            if (after == null) {
                each.room.release(job.spec.queue(), beside);
                each.seat = each.room.hold(each.job.spec.queue(), before);
                undo.reversed().forEach(Runnable::run);
                return Optional.of(each.job);
            }
            each.seat = after;
            undo.add(() -> {
                each.room.release(each.job.spec.queue(), each.seat);
                each.room.release(job.spec.queue(), beside);
                each.seat = each.room.hold(each.job.spec.queue(), before);
            });
        }
        return Optional.empty();
    }

    /// Whether all reserved jobs could still start in time after what a trial thought of.
    boolean admit(Trial trial) {
        for (Reservation each : list) {
            if (!trial.fitsAt(each.job, each.job.spec.gang().min(), each.atMicros)) {
                return false;
            }
        }
        return true;
    }

    /// Looks at the state anew, because running jobs were stopped, moved or resized.
    void rebuild() {
        List<Job> jobs =
                list.stream().map(each -> each.job).filter(Job::isPending).toList();
        list.clear();
        jobs.forEach(this::reserve);
    }

    /// Protects the earliest start of a job, unless nobody knows one.
    ///
    /// @return the time; [Job#NEVER] when what is expected to end is not enough
    long reserve(Job job) {
        Reservation found = earliest(job);
        if (found == null) {
            return Job.NEVER;
        }
        list.add(found);
        return found.atMicros;
    }

    /// When a job could start if nothing else came; [Job#NEVER] when nobody knows.
    long earliestMicros(Job job) {
        Reservation found = earliest(job);
        return found == null ? Job.NEVER : found.atMicros;
    }

    /// Times are tried in steps that double, then in halves between the last that is too early and the first
    /// that is not, since most jobs start after few others end.
    private @Nullable Reservation earliest(Job job) {
        lookAtEnds();
        TreeSet<Long> times = new TreeSet<>(endTimes);
        list.forEach(each -> times.add(each.endMicros));
        times.remove(Job.NEVER);
        List<Long> sorted = List.copyOf(times);
        int tooEarly = -1;
        int step = 1;
        int at = 0;
        Reservation found = null;
        while (found == null && at < sorted.size()) {
            found = at(job, sorted.get(at), list.size());
            if (found == null) {
                tooEarly = at;
                step *= 2;
                at = at == sorted.size() - 1 ? sorted.size() : Math.min(at + step, sorted.size() - 1);
            }
        }
        int low = tooEarly + 1;
        int high = at;
        while (found != null && low < high) {
            int middle = (low + high) >>> 1;
            Reservation earlier = at(job, sorted.get(middle), list.size());
            if (earlier == null) {
                low = middle + 1;
            } else {
                high = middle;
                found = earlier;
            }
        }
        return found;
    }

    private void lookAtEnds() {
        if (endsOf == state.changes()) {
            return;
        }
        endsOf = state.changes();
        byEnd.clear();
        endTimes.clear();
        // in order but for notebooks, whose idle timeout is no promise
        for (Job each : state.ends()) {
            long expected = each.spec.limits().idleSeconds() == null ? each.endsMicros : state.expectedEnd(each);
            long end = Math.max(state.nowMicros, expected);
            if (end != Job.NEVER) {
                byEnd.add(new End(each, end));
                endTimes.add(end);
            }
        }
        byEnd.sort(Comparator.comparingLong(End::micros));
    }

    /// @param ahead how many of the reservations come before this one
    private @Nullable Reservation at(Job job, long atMicros, int ahead) {
        Room room = state.room.beside();
        for (End each : byEnd) {
            if (each.micros > atMicros) {
                break;
            }
            room.release(each.job.spec.queue(), each.job.seatOrThrow());
        }
        boolean isShared = false;
        for (Reservation each : list.subList(0, ahead)) {
            if (each.atMicros <= atMicros && each.endMicros > atMicros) {
                isShared |= seatOf(room, each.job) != null;
            }
        }
        Seat seat = seatOf(room, job);
        if (seat == null) {
            return null;
        }
        long lasts = state.endIfStarted(job, seat) - state.nowMicros;
        long end = lasts > Job.NEVER - atMicros ? Job.NEVER : atMicros + lasts;
        return new Reservation(job, atMicros, end, isShared, room, seat);
    }

    private static @Nullable Seat seatOf(Room room, Job job) {
        int min = job.spec.gang().min();
        return room.trySeat(job.spec, min, min);
    }
}
