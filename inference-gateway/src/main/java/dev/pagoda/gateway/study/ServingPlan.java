package dev.pagoda.gateway.study;

import dev.pagoda.gateway.engine.EngineLimits;
import dev.pagoda.gateway.engine.EngineRules;
import dev.pagoda.gateway.model.Parallelism;

/// What a study serves with.
///
/// @param engines   engines that are all alike
/// @param tickNanos how often the state of the engines is noted
public record ServingPlan(
        int engines, EngineLimits limits, EngineRules rules, Parallelism parallel, Routing routing, long tickNanos) {
    public static final int MAX_ENGINES = 4_096;

    public ServingPlan {
        if (engines < 1 || engines > MAX_ENGINES) {
            throw new IllegalArgumentException("engines " + engines + " is not within 1 to " + MAX_ENGINES);
        }
        if (tickNanos < 1) {
            throw new IllegalArgumentException("tickNanos " + tickNanos + " is below 1");
        }
    }
}
