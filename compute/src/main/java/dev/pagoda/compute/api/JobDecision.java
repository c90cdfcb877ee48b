package dev.pagoda.compute.api;

import java.util.List;
import java.util.Objects;

/// What the scheduler did to a job.
///
/// @param action  what
/// @param tasks   how many it has now
/// @param places  where they are now, empty when it holds nothing
/// @param because why, as a sentence
/// @param cost    of the job up to then
public record JobDecision(
        long atMicros, Action action, String job, int tasks, List<TaskPlace> places, String because, JobCost cost) {
    /// What can happen to a job.
    public enum Action {
        /// It was taken in and waits.
        QUEUED,
        /// It holds devices now.
        STARTED,
        /// It lost its devices to another job and waits again.
        PREEMPTED,
        /// It goes on at another place.
        MOVED,
        /// It goes on with another number of tasks.
        RESIZED,
        /// It lost its devices to a failure and waits again.
        REQUEUED,
        /// It is done, or reached a limit.
        FINISHED,
        /// Its owner stopped it.
        CANCELLED,
        /// It can never be queued.
        REJECTED
    }

    public JobDecision {
        Objects.requireNonNull(action, "action");
        Objects.requireNonNull(job, "job");
        Objects.requireNonNull(because, "because");
        Objects.requireNonNull(cost, "cost");
        places = List.copyOf(places);
    }

    /// Of a job that has cost nothing yet.
    public JobDecision(long atMicros, Action action, String job, int tasks, List<TaskPlace> places, String because) {
        this(atMicros, action, job, tasks, places, because, JobCost.NONE);
    }
}
