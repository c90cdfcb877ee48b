package dev.pagoda.vectors.collection;

import java.util.OptionalLong;

/// A bucket of tokens that fills at a constant rate and holds what one minute brings. It starts full.
///
/// Safe from any thread.
final class RateLimiter {
    private static final double NANOS_PER_MINUTE = 60e9;

    private final long perMinute;
    private double tokens;
    private long filledNanos;

    /// @param perMinute at least 1
    RateLimiter(long perMinute, long nowNanos) {
        this.perMinute = perMinute;
        this.tokens = (double) perMinute;
        this.filledNanos = nowNanos;
    }

    long perMinute() {
        return perMinute;
    }

    /// Whether the bucket can ever hold so many tokens.
    boolean admits(long cost) {
        return cost <= perMinute;
    }

    synchronized double available(long nowNanos) {
        double perNano = perMinute / NANOS_PER_MINUTE;
        return Math.min((double) perMinute, tokens + Math.max(0, nowNanos - filledNanos) * perNano);
    }

    /// Takes tokens.
    ///
    /// @param cost what [#admits] holds for
    /// @return empty if they were there; else the nanoseconds until they are, and nothing is taken
    synchronized OptionalLong take(long cost, long nowNanos) {
        double perNano = perMinute / NANOS_PER_MINUTE;
        tokens = Math.min((double) perMinute, tokens + Math.max(0, nowNanos - filledNanos) * perNano);
        filledNanos = nowNanos;
        if (tokens >= cost) {
            tokens -= cost;
            return OptionalLong.empty();
        }
        return OptionalLong.of((long) Math.ceil((cost - tokens) / perNano));
    }
}
