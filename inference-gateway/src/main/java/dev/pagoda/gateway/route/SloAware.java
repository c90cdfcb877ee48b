package dev.pagoda.gateway.route;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Among the targets that should bring the first token in time, the one where it costs least: the wait, what must be
/// computed of the prompt, and how full its KV blocks are; when none should, the same among all.
///
/// The forecast is the prompt tokens that a target has yet to compute, over the rate at which targets have computed
/// them so far: both are learnt from the requests that the router sent and from when their first tokens came. A target
/// whose KV blocks are all but gone preempts, and counts as late.
public final class SloAware implements RoutingPolicy {
    private static final double FIRST_TOKENS_PER_SECOND = 10_000;
    private static final double LEARNING_SHARE = .05;
    private static final double FULL = .95;
    /// Forecasts are only so good: a target is in time when it should need this share of what is wanted.
    private static final double MARGIN = .7;

    /// Full KV blocks make steps long: all of them count as this share of the time that is wanted.
    private static final double KV_SHARE = .2;

    private static final double LATE_SECONDS = 1e6;

    private final Turns turns = new Turns();
    private final PrefixIndex index;
    private final double wantedSeconds;
    private final Map<Long, Long> backlogs = new HashMap<>();
    private double tokensPerSecond = FIRST_TOKENS_PER_SECOND;

    public SloAware(RoutingOptions options) {
        index = new PrefixIndex(options, Integer.MAX_VALUE);
        wantedSeconds = options.ttftMillis() / 1e3;
    }

    @Override
    public Choice pick(List<? extends Target> targets, RouteRequest request) {
        int at = turns.least(targets, target -> {
            double fresh = fresh(target, request);
            double seconds = (backlog(target.id()) + fresh) / tokensPerSecond;
            boolean isInTime = seconds <= MARGIN * wantedSeconds && target.kvUsage() < FULL;
            // what must be computed counts twice: it delays this request and those after it
            double cost = seconds + fresh / tokensPerSecond + KV_SHARE * wantedSeconds * target.kvUsage();
            return isInTime ? cost : LATE_SECONDS + cost + (target.kvUsage() < FULL ? 0 : target.waiting());
        });
        Target picked = targets.get(at);
        long fresh = fresh(picked, request);
        long backlog = backlog(picked.id()) + fresh;
        backlogs.put(picked.id(), backlog);
        index.note(picked.id(), request.prompt());
        return new Choice(at, picked.id(), fresh, backlog);
    }

    /// Prompt tokens in a second that targets have been seen to compute.
    double tokensPerSecond() {
        return tokensPerSecond;
    }

    private long fresh(Target target, RouteRequest request) {
        int cached = index.tokens(index.matches(target.id(), request.prompt()));
        return Math.max(1, request.prompt().tokens() - cached);
    }

    private long backlog(long target) {
        return backlogs.getOrDefault(target, 0L);
    }

    @Override
    public void firstToken(Choice choice, long waitedNanos) {
        double rate = choice.backlogTokens() * 1e9 / Math.max(1, waitedNanos);
        // a short wait for few tokens tells of the host's time, not of the rate
        double share = LEARNING_SHARE * Math.min(1, waitedNanos / 1e8);
        tokensPerSecond += share * (rate - tokensPerSecond);
        abandoned(choice);
    }

    @Override
    public void abandoned(Choice choice) {
        backlogs.computeIfPresent(choice.target(), (id, tokens) -> Math.max(0, tokens - choice.freshTokens()));
    }

    @Override
    public void removed(long target) {
        index.remove(target);
        backlogs.remove(target);
    }
}
