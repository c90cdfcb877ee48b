package dev.pagoda.gateway.route;

import java.util.List;

/// The one with the fewest requests in hand.
public final class LeastRequests implements RoutingPolicy {
    private final Turns turns = new Turns();

    @Override
    public Choice pick(List<? extends Target> targets, RouteRequest request) {
        int at = turns.least(targets, Target::inFlight);
        return Choice.of(at, targets.get(at), request);
    }
}
