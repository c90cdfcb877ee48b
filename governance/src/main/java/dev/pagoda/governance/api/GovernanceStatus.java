package dev.pagoda.governance.api;

import java.util.List;

/// What the pillar is doing now.
///
/// @param tenants one entry per tenant with usage, by name; one entry when a tenant asks for itself
public record GovernanceStatus(List<TenantUsage> tenants) {
    public GovernanceStatus {
        tenants = List.copyOf(tenants);
    }

    /// A tenant's totals. Today is the UTC day.
    public record TenantUsage(
            String tenant,
            long requests,
            long promptTokens,
            long completionTokens,
            long costNanos,
            long requestsToday,
            long tokensToday,
            long costNanosToday) {}
}
