package dev.pagoda.compute.api;

import java.util.Objects;

/// Replaces the tenant tree; for administrators only. Queues that have jobs must stay.
public record SetQuotas(QuotaPlan plan) {
    public SetQuotas {
        Objects.requireNonNull(plan, "plan");
    }
}
