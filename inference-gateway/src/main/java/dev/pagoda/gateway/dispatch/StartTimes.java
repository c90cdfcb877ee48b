package dev.pagoda.gateway.dispatch;

import java.util.Arrays;

/// How long a model's requests take until they begin to be answered, by the last [#SAMPLES] of them, and how
/// many may be asked twice: one in [#ONE_IN] (J. Dean, L. A. Barroso, "The Tail at Scale", 2013). Safe from
/// any thread.
final class StartTimes {
    static final int SAMPLES = 512;
    static final int ONE_IN = 20;
    private static final int LEAST_SAMPLES = 32;

    private final long[] nanos = new long[SAMPLES];
    private int count;
    private long p95 = Long.MAX_VALUE;
    private long requests;
    private long hedges;

    /// A request has begun to be answered.
    synchronized void began(long afterNanos) {
        nanos[count++ % SAMPLES] = afterNanos;
        if (count >= LEAST_SAMPLES && count % LEAST_SAMPLES == 0) {
            long[] sorted = Arrays.copyOf(nanos, Math.min(count, SAMPLES));
            Arrays.sort(sorted);
            p95 = sorted[(int) (sorted.length * 0.95)];
        }
    }

    /// A request is sent.
    ///
    /// @return nanoseconds after which it is late; [Long#MAX_VALUE] while too little is known
    synchronized long sent() {
        requests++;
        return p95;
    }

    /// Whether one that is late may be asked a second time; if so that is counted.
    synchronized boolean mayHedge() {
        if ((hedges + 1) * ONE_IN > requests) {
            return false;
        }
        hedges++;
        return true;
    }
}
