package dev.pagoda.compute.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A page of jobs.
///
/// @param next what to ask for after it, absent on the last page
public record JobsReply(List<JobView> jobs, @Nullable String next) {
    public JobsReply {
        jobs = List.copyOf(jobs);
    }
}
