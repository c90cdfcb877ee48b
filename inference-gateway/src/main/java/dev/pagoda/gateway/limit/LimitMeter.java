package dev.pagoda.gateway.limit;

import dev.pagoda.gateway.limit.Decision.Denied;
import dev.pagoda.gateway.limit.Standing.Level;

/// One rule and what its scope has taken, also of what it does not bound: a bound that comes later finds it counted.
///
/// Guarded by its [LimitBook].
final class LimitMeter {
    /// Nobody knows when a request ends; clients look again soon.
    private static final long CONCURRENT_WAIT_NANOS = 1_000_000_000L;

    private final SlidingWindow requests = new SlidingWindow();
    private final SlidingWindow tokens = new SlidingWindow();
    private LimitRule rule;
    private int open;

    LimitMeter(LimitRule rule) {
        this.rule = rule;
    }

    LimitRule rule() {
        return rule;
    }

    /// Bounds by another rule of the same scope from now on.
    void rule(LimitRule changed) {
        rule = changed;
    }

    int open() {
        return open;
    }

    long requests(long nowNanos) {
        return requests.sum(nowNanos);
    }

    long tokens(long nowNanos) {
        return tokens.sum(nowNanos);
    }

    /// Tokens that may still be taken, below 0 when more were taken than may be.
    long tokenRoom(long nowNanos) {
        Long limit = rule.tokensPerMinute();
        return limit == null ? Long.MAX_VALUE : limit - tokens.sum(nowNanos);
    }

    boolean admitsRequest(long nowNanos) {
        Long limit = rule.requestsPerMinute();
        return limit == null || requests.sum(nowNanos) < limit;
    }

    boolean admitsConcurrent() {
        Integer limit = rule.concurrent();
        return limit == null || open < limit;
    }

    void begin(long nowNanos) {
        open++;
        requests.add(1, nowNanos);
    }

    void end() {
        open--;
    }

    void take(long amount, long nowNanos) {
        tokens.add(amount, nowNanos);
    }

    void giveBack(long amount, long slot, long nowNanos) {
        tokens.giveBack(amount, slot, nowNanos);
    }

    Denied denyRequest(long nowNanos) {
        long limit = rule.requestsPerMinute() == null ? 0 : rule.requestsPerMinute();
        long wait = limit == 0 ? Long.MAX_VALUE : requests.nanosUntil(limit - 1, nowNanos);
        return denied(LimitKind.REQUESTS, limit, requests.sum(nowNanos), 1, wait);
    }

    Denied denyTokens(long wanted, long nowNanos) {
        long limit = rule.tokensPerMinute() == null ? 0 : rule.tokensPerMinute();
        long wait = wanted > limit ? Long.MAX_VALUE : tokens.nanosUntil(limit - wanted, nowNanos);
        return denied(LimitKind.TOKENS, limit, tokens.sum(nowNanos), wanted, wait);
    }

    Denied denyConcurrent() {
        int limit = rule.concurrent() == null ? 0 : rule.concurrent();
        return denied(LimitKind.CONCURRENT, limit, open, 1, CONCURRENT_WAIT_NANOS);
    }

    private Denied denied(LimitKind kind, long limit, long used, long requested, long waitNanos) {
        return new Denied(rule.scope(), kind, limit, used, requested, waitNanos, Standing.UNLIMITED);
    }

    Level requestLevel(long nowNanos) {
        Long limit = rule.requestsPerMinute();
        return limit == null ? Level.ABSENT : level(requests, limit, nowNanos);
    }

    Level tokenLevel(long nowNanos) {
        Long limit = rule.tokensPerMinute();
        return limit == null ? Level.ABSENT : level(tokens, limit, nowNanos);
    }

    private static Level level(SlidingWindow window, long limit, long nowNanos) {
        return new Level(limit, Math.max(0, limit - window.sum(nowNanos)), window.nanosUntilEmpty(nowNanos));
    }
}
