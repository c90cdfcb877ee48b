package dev.pagoda.compute.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What some changes would do, as a copy of the state says.
///
/// @param untilMicros how far both futures were followed
/// @param isWhole     whether both got that far; otherwise the later starts are missing
/// @param jobs        those that wait now or would be stopped, in the order of submission
/// @param summary     the same in figures
public record Forecast(long atMicros, long untilMicros, boolean isWhole, List<JobForecast> jobs, Summary summary) {
    public Forecast {
        jobs = List.copyOf(jobs);
    }

    /// One job in both futures. Times are absent when it does not start, nobody submitting more.
    ///
    /// @param startsMicros     when it starts if nothing changes; now for a job that runs
    /// @param wouldStartMicros when it would start, or for a job that runs and would be stopped start again
    public record JobForecast(
            String job,
            boolean isRunning,
            @Nullable Long startsMicros,
            @Nullable Long wouldStartMicros) {}

    /// Figures over the jobs that wait now.
    ///
    /// @param startNow         how many start at once if nothing changes: none, unless the clock was behind
    /// @param wouldStartNow    how many would start at once
    /// @param earlier          how many would start earlier than otherwise
    /// @param later            how many would start later
    /// @param stopped          how many running jobs would lose their place
    public record Summary(int pending, int startNow, int wouldStartNow, int earlier, int later, int stopped) {}
}
