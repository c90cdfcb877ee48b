package dev.pagoda.governance;

import dev.pagoda.governance.metering.TierPrices;
import dev.pagoda.governance.metering.TokenPrice;
import java.util.Map;
import java.util.Objects;

/// Bounds of the pillar's tables, and prices.
///
/// @param maxTenants           enterprises on the platform, 1 to 10,000
/// @param maxTeamsPerTenant    1 to 10,000
/// @param maxProjectsPerTenant over all teams of the tenant, 1 to 10,000
/// @param maxKeysPerTenant     keys that are not revoked, 1 to 10,000
/// @param cachedKeys           keys held in memory so that authentication needs no query, 1 to 1,000,000
/// @param prices               by model name, or `*` for every other model: replace or complete the shipped list prices
/// @param tiers                what the prices are at each service tier
public record GovernanceConfig(
        int maxTenants,
        int maxTeamsPerTenant,
        int maxProjectsPerTenant,
        int maxKeysPerTenant,
        int cachedKeys,
        Map<String, TokenPrice> prices,
        TierPrices tiers) {
    private static final int MAX_ROWS = 10_000;

    public GovernanceConfig {
        requireWithin("maxTenants", maxTenants, MAX_ROWS);
        requireWithin("maxTeamsPerTenant", maxTeamsPerTenant, MAX_ROWS);
        requireWithin("maxProjectsPerTenant", maxProjectsPerTenant, MAX_ROWS);
        requireWithin("maxKeysPerTenant", maxKeysPerTenant, MAX_ROWS);
        requireWithin("cachedKeys", cachedKeys, 1_000_000);
        prices = Map.copyOf(prices);
        Objects.requireNonNull(tiers, "tiers");
    }

    public static GovernanceConfig defaults() {
        return new GovernanceConfig(1_000, 1_000, 1_000, 1_000, 10_000, Map.of(), TierPrices.defaults());
    }

    private static void requireWithin(String name, int value, int max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException(name + " " + value + " is outside 1.." + max);
        }
    }
}
