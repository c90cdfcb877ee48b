package dev.pagoda.gateway.study;

import dev.pagoda.gateway.engine.Engine;
import dev.pagoda.gateway.model.Confidence;
import java.util.List;

/// What a study measured.
///
/// @param bestHitRate      share of prompt tokens that one cache without bounds for all engines would have had
/// @param interTokenMillis times between neighbouring tokens of the same request
public record ServingResult(
        ServingPlan plan,
        Confidence confidence,
        List<RequestOutcome> outcomes,
        Samples interTokenMillis,
        List<Tick> ticks,
        Totals totals,
        double bestHitRate,
        FleetUse fleet,
        Transfers transfers) {
    /// The state of all engines at one time.
    ///
    /// @param kvUsage         held share of KV blocks, the mean over engines
    /// @param waiting         in the engines' queues, and held for a first engine
    /// @param tokensPerSecond made since the tick before
    /// @param engines         that hold devices: starting, ready and draining ones
    /// @param ready           of these, those that take requests
    public record Tick(
            long atNanos, int running, int waiting, double kvUsage, double tokensPerSecond, int engines, int ready) {}

    /// Keys and values that went from engines that read prompts to engines that go on.
    ///
    /// @param seconds from the end of each reading to the arrival, summed
    public record Transfers(long count, double bytes, double seconds) {
        public static final Transfers NONE = new Transfers(0, 0, 0);

        public double meanMillis() {
            return count == 0 ? 0 : 1e3 * seconds / count;
        }
    }

    /// Sums over engines.
    ///
    /// @param prefixQueries tokens of which the prefix caches were asked
    /// @param prefixHits    tokens that they had
    /// @param busyNanos     time in which steps ran
    /// @param activeJoules  energy beyond what idle devices draw
    public record Totals(
            long steps, long preemptions, long prefixQueries, long prefixHits, long busyNanos, double activeJoules) {
        static final Totals NONE = new Totals(0, 0, 0, 0, 0, 0);

        Totals plus(Engine<?> engine) {
            return new Totals(
                    steps + engine.steps(),
                    preemptions + engine.preemptions(),
                    prefixQueries + engine.prefixQueries(),
                    prefixHits + engine.prefixHits(),
                    busyNanos + engine.busyNanos(),
                    activeJoules);
        }

        Totals withJoules(double joules) {
            return new Totals(steps, preemptions, prefixQueries, prefixHits, busyNanos, joules);
        }

        public double hitRate() {
            return prefixQueries == 0 ? 0 : (double) prefixHits / prefixQueries;
        }
    }

    public ServingResult {
        outcomes = List.copyOf(outcomes);
        ticks = List.copyOf(ticks);
    }

    public List<RequestOutcome> complete() {
        return outcomes.stream().filter(RequestOutcome::isComplete).toList();
    }

    /// From the first arrival to the last token.
    public double durationSeconds() {
        long first = Long.MAX_VALUE;
        long last = 0;
        for (RequestOutcome each : outcomes) {
            if (each.isComplete()) {
                first = Math.min(first, each.arrivalNanos());
                last = Math.max(last, each.lastNanos());
            }
        }
        return first == Long.MAX_VALUE ? 0 : (last - first) / 1e9;
    }
}
