package dev.pagoda.compute.api;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One job at one moment. Times are microseconds since 1970, absent where they have not come.
///
/// @param accelerator   the kind it runs on, empty while it has none
/// @param tasks         how many it has now
/// @param places        where they are
/// @param startedMicros of its present or last run
/// @param endsMicros    when it is expected to end as things are
/// @param progress      the part of its work that is done, 0 to 1; absent for jobs without an end
/// @param savedProgress the part that its last checkpoint has
/// @param counts        what happened to it so far
/// @param start         how long its present or last start took, or takes; absent before
/// @param cost          of all its runs so far
/// @param note          how it ended, empty before
public record JobView(
        JobSpec spec,
        JobPhase phase,
        String accelerator,
        int tasks,
        List<TaskPlace> places,
        long submittedMicros,
        @Nullable Long startedMicros,
        @Nullable Long endedMicros,
        @Nullable Long endsMicros,
        @Nullable Double progress,
        @Nullable Double savedProgress,
        Counts counts,
        @Nullable StartTimes start,
        JobCost cost,
        String note) {
    public JobView {
        Objects.requireNonNull(spec, "spec");
        Objects.requireNonNull(phase, "phase");
        Objects.requireNonNull(accelerator, "accelerator");
        Objects.requireNonNull(counts, "counts");
        Objects.requireNonNull(cost, "cost");
        Objects.requireNonNull(note, "note");
        places = List.copyOf(places);
    }

    /// What happened to a job.
    ///
    /// @param servedDeviceSeconds what it held, over all its runs
    /// @param lostDeviceSeconds   of it work that had to be done again
    public record Counts(
            int starts,
            int preemptions,
            int requeues,
            int moves,
            int resizes,
            double servedDeviceSeconds,
            double lostDeviceSeconds) {}
}
