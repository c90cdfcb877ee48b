package dev.pagoda.gateway.study;

import dev.pagoda.gateway.engine.EngineLimits;
import dev.pagoda.gateway.engine.EngineRules;
import dev.pagoda.gateway.model.KvCapacity;
import dev.pagoda.gateway.model.Parallelism;
import dev.pagoda.gateway.route.Routing;
import org.jspecify.annotations.Nullable;

/// What a study serves with.
///
/// @param engines     engines that are all alike; with an autoscaler those that are ready when the trace begins
/// @param tickNanos   how often the state of the engines is noted, and the autoscaler asked
/// @param fleet       how the number of engines follows the load
/// @param blockTokens tokens of the blocks by which routers know prefixes, a multiple of 16
/// @param split       engines of their own for reading prompts; null where each engine does both
public record ServingPlan(
        int engines,
        EngineLimits limits,
        EngineRules rules,
        Parallelism parallel,
        Routing routing,
        long tickNanos,
        FleetPlan fleet,
        int blockTokens,
        @Nullable Disaggregation split) {
    public static final int MAX_ENGINES = 4_096;

    private static final long SECOND_NANOS = 1_000_000_000L;

    public ServingPlan {
        if (engines < (fleet.isFixed() ? 1 : 0) || engines > MAX_ENGINES) {
            throw new IllegalArgumentException("engines " + engines + " is not within 1 to " + MAX_ENGINES);
        }
        if (!fleet.isFixed() && engines > fleet.most()) {
            throw new IllegalArgumentException(
                    "engines " + engines + " at the beginning are more than the most, " + fleet.most());
        }
        if (tickNanos < 1 || (!fleet.isFixed() && tickNanos != SECOND_NANOS)) {
            throw new IllegalArgumentException("tickNanos " + tickNanos
                    + " is below 1, or with an autoscaler not the second in which it is asked");
        }
        if (parallel.pipeline() > 1 && (rules.asyncScheduling() || rules.drafts() > 0)) {
            throw new IllegalArgumentException("a pipeline of " + parallel.pipeline()
                    + " stages plans no step ahead and takes no drafts: rules without them are needed");
        }
        if (split != null && !fleet.isFixed()) {
            throw new IllegalArgumentException("an autoscaler with engines of their own for reading prompts: the number"
                    + " of both must be fixed");
        }
    }

    /// Engines that read prompts and make tokens.
    public ServingPlan(
            int engines,
            EngineLimits limits,
            EngineRules rules,
            Parallelism parallel,
            Routing routing,
            long tickNanos,
            FleetPlan fleet,
            int blockTokens) {
        this(engines, limits, rules, parallel, routing, tickNanos, fleet, blockTokens, null);
    }

    /// The same, but these engines only go on from what others have read.
    public ServingPlan withSplit(Disaggregation reading) {
        return new ServingPlan(engines, limits, rules, parallel, routing, tickNanos, fleet, blockTokens, reading);
    }

    /// Always the same engines, known to routers by blocks of 16.
    public ServingPlan(
            int engines,
            EngineLimits limits,
            EngineRules rules,
            Parallelism parallel,
            Routing routing,
            long tickNanos) {
        this(
                engines,
                limits,
                rules,
                parallel,
                routing,
                tickNanos,
                FleetPlan.fixed(Math.max(1, Math.min(engines, MAX_ENGINES))),
                KvCapacity.BLOCK_TOKENS);
    }
}
