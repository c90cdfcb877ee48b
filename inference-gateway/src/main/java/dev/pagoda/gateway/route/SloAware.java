package dev.pagoda.gateway.route;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Among the targets that should bring the first token in time, the one that must compute least of the prompt; when
/// none should, the one that should be first.
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
            // in time: 0 to 1 by what must be computed, then by the wait; late ones come after all of them
            return isInTime
                    ? fresh / (1 + request.prompt().tokens()) + 1e-3 * seconds / wantedSeconds
                    : 2 + seconds + (target.kvUsage() < FULL ? 0 : target.waiting());
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
