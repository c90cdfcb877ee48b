package dev.pagoda.compute.api;

import java.util.List;
import java.util.Objects;

/// The tenant tree and what is used of it.
public record QueuesReply(QuotaPlan plan, List<QueueView> queues) {
    public QueuesReply {
        Objects.requireNonNull(plan, "plan");
        queues = List.copyOf(queues);
    }
}
