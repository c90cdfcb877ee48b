package dev.pagoda.gateway.route;

import java.util.List;

/// The one that holds the smallest share of its KV blocks. A waiting request has no blocks yet, so that the share alone
/// would send everything to a long queue: each counts as a full cache.
public final class LeastKv implements RoutingPolicy {
    private final Turns turns = new Turns();

    @Override
    public Choice pick(List<? extends Target> targets, RouteRequest request) {
        int at = turns.least(targets, target -> target.kvUsage() + target.waiting());
        return Choice.of(at, targets.get(at), request);
    }
}
