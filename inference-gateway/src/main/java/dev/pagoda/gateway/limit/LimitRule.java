package dev.pagoda.gateway.limit;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What the requests of one scope may take together; null where there is no bound.
///
/// @param requestsPerMinute requests begun in any 60 seconds, 0 to [#MAX_PER_MINUTE]
/// @param tokensPerMinute   tokens of prompts and completions in any 60 seconds, 0 to [#MAX_PER_MINUTE]
/// @param concurrent        requests under way at a time, 0 to 1,000,000
/// @param weight            share of a busy model that an enterprise gets beside the others, 1 to 1,000; only for a
///                          whole enterprise, 1 where it is null
public record LimitRule(
        LimitScope scope,
        @Nullable Long requestsPerMinute,
        @Nullable Long tokensPerMinute,
        @Nullable Integer concurrent,
        @Nullable Integer weight) {
    static final long MAX_PER_MINUTE = 1_000_000_000_000L;
    private static final int MAX_CONCURRENT = 1_000_000;
    private static final int MAX_WEIGHT = 1_000;

    public LimitRule {
        Objects.requireNonNull(scope, "scope");
        within("requests_per_minute", requestsPerMinute, 0, MAX_PER_MINUTE);
        within("tokens_per_minute", tokensPerMinute, 0, MAX_PER_MINUTE);
        within("concurrent", concurrent == null ? null : (long) concurrent, 0, MAX_CONCURRENT);
        within("weight", weight == null ? null : (long) weight, 1, MAX_WEIGHT);
        if (weight != null && !scope.isWholeTenant()) {
            throw new IllegalArgumentException(
                    "a weight is for a whole enterprise, without team, project, key or model");
        }
        if (requestsPerMinute == null && tokensPerMinute == null && concurrent == null && weight == null) {
            throw new IllegalArgumentException(
                    "a limit needs requests_per_minute, tokens_per_minute, concurrent or weight");
        }
    }

    private static void within(String name, @Nullable Long value, long least, long most) {
        if (value != null && (value < least || value > most)) {
            throw new IllegalArgumentException(name + " " + value + " is not within " + least + " to " + most);
        }
    }
}
