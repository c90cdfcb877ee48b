package dev.pagoda.compute.api;

import java.util.List;

/// The tenant tree as an administrator writes it.
public record QuotaPlan(List<CohortSpec> cohorts, List<QueueSpec> queues) {
    /// Far above the tenants of one platform; bounds the work of every decision.
    public static final int MAX_NODES = 4_096;

    public QuotaPlan {
        cohorts = List.copyOf(cohorts);
        queues = List.copyOf(queues);
        if (queues.isEmpty()) {
            throw new IllegalArgumentException("a quota plan needs at least one queue");
        }
        if (cohorts.size() + queues.size() > MAX_NODES) {
            throw new IllegalArgumentException(
                    cohorts.size() + queues.size() + " queues and cohorts are above " + MAX_NODES);
        }
    }

    /// One queue that may use everything.
    public static QuotaPlan unlimited(String queue) {
        var all = new Quota(Quota.UNITS, Quota.MAX_MILLI, null, null);
        return new QuotaPlan(
                List.of(), List.of(new QueueSpec(queue, null, 1, List.of(all), PreemptionRules.defaults())));
    }

    /// The same with one queue replaced.
    ///
    /// @throws IllegalArgumentException if there is no queue of its name
    public QuotaPlan with(QueueSpec queue) {
        if (queues.stream().noneMatch(old -> old.name().equals(queue.name()))) {
            throw new IllegalArgumentException("there is no queue " + queue.name());
        }
        return new QuotaPlan(
                cohorts,
                queues.stream()
                        .map(old -> old.name().equals(queue.name()) ? queue : old)
                        .toList());
    }
}
