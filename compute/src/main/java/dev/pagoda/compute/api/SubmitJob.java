package dev.pagoda.compute.api;

import java.util.Objects;

/// Hands a job to its queue. A member's queue is that of its tenant, which is made when it is first used, and its
/// jobs' ids begin with the tenant and a dot.
public record SubmitJob(JobSpec spec) {
    public SubmitJob {
        Objects.requireNonNull(spec, "spec");
    }
}
