package dev.pagoda.gateway.route;

import java.util.List;

/// One after another, whatever they have in hand.
public final class RoundRobin implements RoutingPolicy {
    private final Turns turns = new Turns();

    @Override
    public Choice pick(List<? extends Target> targets, RouteRequest request) {
        int at = turns.least(targets, target -> 0);
        return Choice.of(at, targets.get(at), request);
    }
}
