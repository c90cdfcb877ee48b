package dev.pagoda.compute.api;

import org.jspecify.annotations.Nullable;

/// A page of jobs, in the order waiting, running, over.
///
/// @param phase only these, absent for all
/// @param queue only of this queue, absent for all
/// @param after the id of the last job of the page before, absent for the first page
/// @param limit 1 to [#MAX_LIMIT]
public record ListJobs(
        @Nullable JobPhase phase,
        @Nullable String queue,
        @Nullable String after,
        int limit) {
    public static final int MAX_LIMIT = 1_000;

    public ListJobs {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException("a page of " + limit + " jobs is outside 1 to " + MAX_LIMIT);
        }
    }
}
