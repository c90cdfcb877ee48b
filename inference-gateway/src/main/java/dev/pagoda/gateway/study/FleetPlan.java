package dev.pagoda.gateway.study;

import dev.pagoda.gateway.scale.Scaling;

/// How the number of engines follows the load, and how long an engine takes to start.
///
/// @param fewest        engines that stay whatever the autoscaler says
/// @param most          engines that there can be
/// @param coldNanos     from the decision to a ready engine, on a node that has nothing
/// @param hotNanos      the same on a node that still has image and weights
/// @param keptHotNanos  how long a node keeps them after its engine stopped
/// @param ttftMillis    that autoscalers and routers aim at
/// @param tpotMillis    that autoscalers aim at
public record FleetPlan(
        Scaling scaling,
        int fewest,
        int most,
        long coldNanos,
        long hotNanos,
        long keptHotNanos,
        double ttftMillis,
        double tpotMillis) {
    /// Aimed at where a user sets no objective.
    public static final double TTFT_MILLIS = 2_000;

    public static final double TPOT_MILLIS = 100;

    private static final long LONGEST_NANOS = 3_600_000_000_000L;

    public FleetPlan {
        if (fewest < 0 || most < Math.max(1, fewest) || most > ServingPlan.MAX_ENGINES) {
            throw new IllegalArgumentException("engines from " + fewest + " to " + most + " are no range within 0 and "
                    + ServingPlan.MAX_ENGINES + ", the upper end at least 1");
        }
        if (hotNanos < 0 || coldNanos < hotNanos || coldNanos > LONGEST_NANOS || keptHotNanos < 0) {
            throw new IllegalArgumentException("a cold start of " + coldNanos + " ns, a hot one of " + hotNanos
                    + " ns and nodes hot for " + keptHotNanos + " ns are not 0 <= hot <= cold <= an hour");
        }
        if (!(ttftMillis > 0) || !(tpotMillis > 0)) {
            throw new IllegalArgumentException(
                    "objectives of " + ttftMillis + " and " + tpotMillis + " ms are not above 0");
        }
    }

    /// Always the same engines.
    public static FleetPlan fixed(int engines) {
        return new FleetPlan(
                new Scaling(Scaling.Rule.FIXED, String.valueOf(engines)),
                engines,
                engines,
                0,
                0,
                0,
                TTFT_MILLIS,
                TPOT_MILLIS);
    }

    /// What a start usually takes: nodes keep what they had once the fleet has been as large before.
    public long startNanos() {
        return keptHotNanos > 0 ? hotNanos : coldNanos;
    }

    public boolean isFixed() {
        return scaling.rule() == Scaling.Rule.FIXED;
    }
}
