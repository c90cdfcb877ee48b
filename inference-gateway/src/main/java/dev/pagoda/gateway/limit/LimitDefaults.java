package dev.pagoda.gateway.limit;

import java.util.Optional;

/// What an enterprise may take that has no rule of its own.
///
/// @param requestsPerMinute 0 for no bound
/// @param tokensPerMinute   0 for no bound
/// @param concurrent        requests under way at a time, 0 for no bound
public record LimitDefaults(long requestsPerMinute, long tokensPerMinute, int concurrent) {
    /// No bound at all.
    public static final LimitDefaults NONE = new LimitDefaults(0, 0, 0);

    public LimitDefaults {
        if (requestsPerMinute < 0
                || requestsPerMinute > LimitRule.MAX_PER_MINUTE
                || tokensPerMinute < 0
                || tokensPerMinute > LimitRule.MAX_PER_MINUTE
                || concurrent < 0) {
            throw new IllegalArgumentException("limits " + requestsPerMinute + ", " + tokensPerMinute + ", "
                    + concurrent + " are not all within 0 to " + LimitRule.MAX_PER_MINUTE);
        }
    }

    Optional<LimitRule> rule(String tenant) {
        if (requestsPerMinute == 0 && tokensPerMinute == 0 && concurrent == 0) {
            return Optional.empty();
        }
        return Optional.of(new LimitRule(
                LimitScope.ofTenant(tenant),
                requestsPerMinute == 0 ? null : (Long) requestsPerMinute,
                tokensPerMinute == 0 ? null : (Long) tokensPerMinute,
                concurrent == 0 ? null : (Integer) concurrent,
                null));
    }
}
