package dev.pagoda.gateway.route;

import java.util.List;

/// Picks which of several takes a request, from what a gateway can see; it serves simulated engines and live replicas
/// alike. Equals take turns. Not thread-safe.
public sealed interface RoutingPolicy
        permits RoundRobin, LeastRequests, LeastKv, PrefixScorer, CacheAware, SessionAffinity, SloAware {
    /// @param targets at least one, in a stable order; the caller sends the request where the answer says
    Choice pick(List<? extends Target> targets, RouteRequest request);

    /// The first token of a request came so long after it was sent.
    default void firstToken(Choice choice, long waitedNanos) {}

    /// A request ended without a token.
    default void abandoned(Choice choice) {}

    /// A target is gone, and what it had in its cache.
    default void removed(long target) {}
}
