package dev.pagoda.compute.queue;

import java.util.List;
import java.util.Objects;

/// How to make room for one job, as it was tried.
///
/// @param trial   with the job started in it
/// @param stopped who loses everything
/// @param shrunk  who goes on with fewer tasks
/// @param moved   who goes on elsewhere
record Plan(Trial trial, List<Job> stopped, List<Job> shrunk, List<Job> moved) {
    Plan {
        stopped = List.copyOf(stopped);
        shrunk = List.copyOf(shrunk);
        moved = List.copyOf(moved);
    }

    /// Does it to the state that it was tried on.
    ///
    /// @return who was stopped
    List<Job> carryOut(State state, Job job) {
        for (Job each : stopped) {
            state.preempt(
                    each,
                    "job " + job.id() + " of queue " + job.spec.queue() + " and priority " + job.spec.priority()
                            + " takes its place");
        }
        for (Job each : shrunk) {
            int tasks = Objects.requireNonNull(trial.seat(each)).tasks();
            state.resize(
                    each,
                    state.room.shrink(each.spec, each.seatOrThrow(), tasks),
                    "job " + job.id() + " needs what it had above its minimum");
        }
        moved.forEach(each -> state.room.release(each.spec.queue(), each.seatOrThrow()));
        Seat seat = state.room.hold(job.spec.queue(), trial.startedSeat());
        for (Job each : moved) {
            Seat next = state.room.hold(each.spec.queue(), Objects.requireNonNull(trial.seat(each)));
            state.move(each, next, "job " + job.id() + " fits when it moves");
        }
        state.start(job, seat, because());
        return stopped;
    }

    private String because() {
        if (!stopped.isEmpty()) {
            return "room was made by stopping " + names(stopped);
        }
        return moved.isEmpty()
                ? "room was made by shrinking " + names(shrunk)
                : "room was made by moving " + names(moved);
    }

    private static String names(List<Job> jobs) {
        if (jobs.size() > 8) {
            return Words.count(jobs.size(), "job");
        }
        return Words.list(jobs.stream().map(Job::id).toList());
    }
}
