package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.ReplicaConfig;
import dev.pagoda.gateway.route.Routing;
import dev.pagoda.gateway.scale.Scaling;
import dev.pagoda.registry.api.ServingSpec;

/// How a specification has requests routed and replicas scaled, or as usual where it names what there is not.
///
/// @param misfit why the specification is not followed to the letter; empty when it is
record ServingRules(Routing routing, Scaling scaling, String misfit) {
    /// @param usual what holds where the specification says nothing
    static ServingRules of(ServingSpec serving, ReplicaConfig usual) {
        Routing routing = JobRouting.usual(usual);
        Scaling scaling = LiveScaling.rule("", usual.autoscaler(), serving.targetConcurrency());
        try {
            routing = serving.routing().isEmpty() ? routing : Routing.named(serving.routing());
            scaling = LiveScaling.rule(serving.autoscaler(), usual.autoscaler(), serving.targetConcurrency());
            return new ServingRules(routing, scaling, "");
        } catch (IllegalArgumentException unknown) {
            return new ServingRules(routing, scaling, String.valueOf(unknown.getMessage()));
        }
    }
}
