package dev.pagoda.gateway.route;

import java.util.List;

/// When requests in hand are spread too unevenly, the target with the fewest. Otherwise the one that should have most
/// of the prompt, if that is more than a share of it, and the one with the emptiest cache if not.
///
/// The bounds are the defaults of SGLang's model gateway (2025): `--balance-abs-threshold` 64,
/// `--balance-rel-threshold` 1.5, `--cache-threshold` 0.3. Its tree holds text and is bounded as a whole; here it is
/// blocks, as many a target as its cache has.
public final class CacheAware implements RoutingPolicy {
    private static final int BALANCE_ABSOLUTE = 64;
    private static final double BALANCE_RELATIVE = 1.5;
    private static final double CACHE_SHARE = .3;

    private final Turns turns = new Turns();
    private final PrefixIndex index;

    public CacheAware(RoutingOptions options) {
        index = new PrefixIndex(options, Integer.MAX_VALUE);
    }

    @Override
    public Choice pick(List<? extends Target> targets, RouteRequest request) {
        int at = place(targets, request);
        index.note(targets.get(at).id(), request.prompt());
        return Choice.of(at, targets.get(at), request);
    }

    private int place(List<? extends Target> targets, RouteRequest request) {
        int most = 0;
        int least = Integer.MAX_VALUE;
        for (Target each : targets) {
            most = Math.max(most, each.inFlight());
            least = Math.min(least, each.inFlight());
        }
        if (most - least > BALANCE_ABSOLUTE && most > BALANCE_RELATIVE * least) {
            return turns.least(targets, Target::inFlight);
        }
        int best = turns.least(targets, target -> -index.matches(target.id(), request.prompt()));
        double tokens = index.tokens(index.matches(targets.get(best).id(), request.prompt()));
        return tokens > CACHE_SHARE * request.prompt().tokens()
                ? best
                : turns.least(targets, target -> index.size(target.id()));
    }

    @Override
    public void removed(long target) {
        index.remove(target);
    }
}
