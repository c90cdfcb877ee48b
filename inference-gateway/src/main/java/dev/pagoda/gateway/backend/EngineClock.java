package dev.pagoda.gateway.backend;

import java.util.function.LongSupplier;

/// The engines' time, which may pass faster or more slowly than that on the wall. Both start together.
///
/// @param real        monotonic time
/// @param scale       simulated time in a unit of real time, above 0
/// @param originNanos real time when both started
record EngineClock(LongSupplier real, double scale, long originNanos) {
    EngineClock {
        if (!(scale > 0)) {
            throw new IllegalArgumentException("scale " + scale + " is not above 0");
        }
    }

    static EngineClock starting(LongSupplier real, double scale) {
        return new EngineClock(real, scale, real.getAsLong());
    }

    /// Simulated time now, 0 at the start.
    long nanos() {
        return of(real.getAsLong());
    }

    /// The simulated time at a real time.
    long of(long realNanos) {
        return span(realNanos - originNanos);
    }

    /// The simulated length of a real span.
    long span(long realNanos) {
        return scale == 1 ? realNanos : (long) (realNanos * scale);
    }

    /// The real time at which simulated time is so far.
    long realNanos(long nanos) {
        return originNanos + realSpan(nanos);
    }

    /// The real length of a simulated span.
    long realSpan(long nanos) {
        return scale == 1 ? nanos : (long) Math.ceil(nanos / scale);
    }
}
