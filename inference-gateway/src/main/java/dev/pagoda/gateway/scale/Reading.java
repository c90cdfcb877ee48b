package dev.pagoda.gateway.scale;

import java.util.List;

/// What an autoscaler is told each time: the state of a deployment now, and what came and went since the last time.
///
/// @param nowNanos     since the deployment exists
/// @param seconds      since the last reading
/// @param starting     replicas that are not ready yet
/// @param held         requests that wait for the first replica
/// @param meanInFlight requests in the deployment, held ones included, the average since the last reading
/// @param arrivals     requests that came
/// @param promptTokens of these
/// @param finished     requests that ended
/// @param outputTokens of these
/// @param ttftMillis   the mean over the first tokens that were made; NaN when there were none
/// @param itlMillis    the mean time between tokens; NaN when there was none
/// @param ready        the replicas that take requests
public record Reading(
        long nowNanos,
        double seconds,
        int starting,
        int held,
        double meanInFlight,
        int arrivals,
        long promptTokens,
        int finished,
        long outputTokens,
        double ttftMillis,
        double itlMillis,
        List<Load> ready) {
    /// One replica's load.
    ///
    /// @param kvUsage held share of its KV blocks
    public record Load(int running, int waiting, double kvUsage) {}

    public Reading {
        if (!(seconds > 0) || starting < 0 || held < 0 || arrivals < 0 || finished < 0 || !(meanInFlight >= 0)) {
            throw new IllegalArgumentException("a reading over " + seconds + " s with " + starting + " starting, "
                    + held + " held, " + arrivals + " arrivals, " + finished + " finished and " + meanInFlight
                    + " in flight is impossible");
        }
        ready = List.copyOf(ready);
    }

    /// Replicas that are ready or will be.
    public int replicas() {
        return ready.size() + starting;
    }
}
