package dev.pagoda.gateway.route;

import java.util.OptionalLong;

/// How long to wait before the same target is asked again: as long as it said, else exponentially longer with
/// jitter (M. Brooker, "Exponential Backoff And Jitter", 2015: full jitter).
public final class Backoff {
    private static final long BASE_MILLIS = 50;
    private static final long MAX_MILLIS = 2_000;
    private static final long MAX_TOLD_MILLIS = 10_000;

    private Backoff() {}

    /// @param attempts  that failed, at least 1
    /// @param told      by the target, `Retry-After`; empty if it said nothing
    /// @param remaining milliseconds until the request's deadline
    /// @param jitter    0 to 1, drawn evenly
    /// @return milliseconds to wait; empty when waiting is useless because the time will be over, or was told to be
    ///     longer than a client will want to wait unasked
    public static OptionalLong waitMillis(int attempts, OptionalLong told, long remaining, double jitter) {
        long bound = Math.min(MAX_MILLIS, BASE_MILLIS << Math.min(attempts - 1, 10));
        long wait = told.isPresent() ? told.getAsLong() : Math.max(1, (long) (bound * jitter));
        boolean isUseless = wait >= remaining || (told.isPresent() && wait > MAX_TOLD_MILLIS);
        return isUseless ? OptionalLong.empty() : OptionalLong.of(Math.max(1, wait));
    }

    /// The header `Retry-After` in its form of seconds; empty for a date or anything else.
    public static OptionalLong retryAfterMillis(String header) {
        try {
            double seconds = Double.parseDouble(header.strip());
            return seconds >= 0 && seconds < 1e6 ? OptionalLong.of((long) (seconds * 1_000)) : OptionalLong.empty();
        } catch (NumberFormatException notSeconds) {
            return OptionalLong.empty();
        }
    }
}
