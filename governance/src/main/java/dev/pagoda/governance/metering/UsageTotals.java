package dev.pagoda.governance.metering;

import dev.pagoda.governance.api.GovernanceStatus;
import dev.pagoda.governance.api.GovernanceStatus.TenantUsage;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/// Running totals of each tenant, all time and of the days around today, so that a status costs no query.
///
/// Time is a parameter. Safe from any thread.
final class UsageTotals {
    /// Guarded by `this`; as many as there are tenants.
    private final Map<String, Tenant> tenants = new TreeMap<>();

    /// Adds usage of one UTC day, counted in days since the epoch. Days before yesterday count in the total only.
    synchronized void add(String tenant, long day, Sums usage, long today) {
        var totals = tenants.computeIfAbsent(tenant, name -> new Tenant());
        totals.total = totals.total.plus(usage);
        totals.days.keySet().removeIf(old -> old < today - 1);
        if (day >= today - 1) {
            totals.days.merge(day, usage, Sums::plus);
        }
    }

    synchronized GovernanceStatus status(Predicate<String> visible, long today) {
        return new GovernanceStatus(tenants.entrySet().stream()
                .filter(entry -> visible.test(entry.getKey()))
                .map(entry -> entry.getValue().usage(entry.getKey(), today))
                .toList());
    }

    private static final class Tenant {
        private Sums total = Sums.ZERO;

        /// Yesterday to tomorrow: a record may arrive after midnight, and clocks differ.
        private final Map<Long, Sums> days = new HashMap<>();

        TenantUsage usage(String name, long today) {
            var now = days.getOrDefault(today, Sums.ZERO);
            return new TenantUsage(
                    name,
                    total.requests(),
                    total.promptTokens(),
                    total.completionTokens(),
                    total.costNanos(),
                    now.requests(),
                    now.totalTokens(),
                    now.costNanos());
        }
    }
}
