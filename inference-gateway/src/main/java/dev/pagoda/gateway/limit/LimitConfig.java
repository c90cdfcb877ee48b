package dev.pagoda.gateway.limit;

/// What enterprises may take that have no limit of their own, and what is reserved for answers without a bound.
///
/// @param requestsPerMinute requests of an enterprise begun in any 60 seconds, 0 to 10^12; 0 for no bound
/// @param tokensPerMinute   tokens of an enterprise in any 60 seconds, 0 to 10^12; 0 for no bound
/// @param concurrent        requests of an enterprise under way, 0 to 1,000,000; 0 for no bound
/// @param openAnswerTokens  tokens that a choice without `max_tokens` reserves at first, and again as it grows,
///                          64 to 1,000,000
public record LimitConfig(long requestsPerMinute, long tokensPerMinute, int concurrent, int openAnswerTokens) {
    public LimitConfig {
        within("requestsPerMinute", requestsPerMinute, 0, LimitRule.MAX_PER_MINUTE);
        within("tokensPerMinute", tokensPerMinute, 0, LimitRule.MAX_PER_MINUTE);
        within("concurrent", concurrent, 0, 1_000_000);
        within("openAnswerTokens", openAnswerTokens, 64, 1_000_000);
    }

    public static LimitConfig defaults() {
        return new LimitConfig(10_000_000, 1_000_000_000, 0, 1_024);
    }

    private static void within(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " " + value + " is not within " + least + " to " + most);
        }
    }
}
