package dev.pagoda.gateway.study;

import dev.pagoda.gateway.engine.EngineLimits;
import dev.pagoda.gateway.route.Routing;

/// Engines of their own for reading prompts. A request is read by one of them, its keys and values cross a
/// link, and one of the plan's other engines, which then only make tokens, goes on from them, as with vLLM's
/// KV connectors. What the second engine has in its prefix cache is not sent. Each reading engine sends over
/// a link of its own, one prompt after the other.
///
/// @param engines        that read prompts; the plan's routing is for them
/// @param limits         of each of these
/// @param routing        finds an engine that goes on
/// @param latencyNanos   of a transfer beside its bytes
/// @param bytesPerSecond that each reading engine sends
/// @param source         where the figures of the link are from
public record Disaggregation(
        int engines, EngineLimits limits, Routing routing, long latencyNanos, double bytesPerSecond, String source) {
    private static final long LONGEST_NANOS = 60_000_000_000L;

    /// Over a link as given.
    public Disaggregation(int engines, EngineLimits limits, Routing routing, long latencyNanos, double bytesPerSecond) {
        this(engines, limits, routing, latencyNanos, bytesPerSecond, "as given");
    }

    public Disaggregation {
        if (engines < 1 || engines > ServingPlan.MAX_ENGINES) {
            throw new IllegalArgumentException(
                    "engines " + engines + " that read prompts are not within 1 to " + ServingPlan.MAX_ENGINES);
        }
        if (latencyNanos < 0 || latencyNanos > LONGEST_NANOS || !(bytesPerSecond > 0)) {
            throw new IllegalArgumentException("a link of " + latencyNanos + " ns and " + bytesPerSecond
                    + " B/s: the first must be within 0 and a minute, the second above 0");
        }
    }
}
