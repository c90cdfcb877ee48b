package dev.pagoda.compute.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A queue of one tenant's jobs.
///
/// A job may use an accelerator when the queue has a quota of its id or of [Quota#UNITS], and then within both
/// where both are given. Processors and memory of hosts are limited only where they have a quota.
///
/// @param cohort the cohort it belongs to, absent when it stands alone and neither borrows nor lends
/// @param weight of its fair share among its neighbours
public record QueueSpec(
        String name, @Nullable String cohort, double weight, List<Quota> quotas, PreemptionRules preemption) {
    public QueueSpec {
        quotas = List.copyOf(quotas);
        CohortSpec.checkNode("queue", name, weight, quotas);
        Objects.requireNonNull(preemption, "preemption");
        if (quotas.isEmpty()) {
            throw new IllegalArgumentException("queue " + name + " has no quota, so no job could ever start");
        }
    }

    /// The same with another quota of one flavor, which replaces or joins those it has.
    public QueueSpec with(Quota quota) {
        List<Quota> next = new ArrayList<>(quotas);
        next.removeIf(old -> old.flavor().equals(quota.flavor()));
        next.add(quota);
        return new QueueSpec(name, cohort, weight, next, preemption);
    }
}
