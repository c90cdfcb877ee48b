package dev.pagoda.gateway.load;

import java.util.SplittableRandom;

/// The times at which an open-loop run means to send, in nanoseconds since its start, never decreasing.
///
/// The schedule does not know how the target fares: that is what makes the loop open. One owner, not thread-safe.
final class ArrivalSchedule {
    /// Requests per second beyond which one client cannot keep its own schedule.
    static final double MAX_RATE = 1_000_000;

    private static final double NANOS_PER_SECOND = 1e9;

    /// How the gaps between arrivals are drawn.
    enum Shape {
        /// Exponential gaps: independent users.
        POISSON,
        /// Equal gaps: a metronome.
        CONSTANT
    }

    private final Shape shape;
    private final double meanGapNanos;
    private final SplittableRandom random;
    private double nextNanos;

    /// @param perSecond mean rate, `0 < perSecond <= 1e6`
    /// @param seed      the same seed gives the same times
    ArrivalSchedule(Shape shape, double perSecond, long seed) {
        checkRate(perSecond);
        this.shape = shape;
        this.meanGapNanos = NANOS_PER_SECOND / perSecond;
        this.random = new SplittableRandom(seed);
    }

    static void checkRate(double perSecond) {
        if (!(perSecond > 0 && perSecond <= MAX_RATE)) {
            throw new IllegalArgumentException("rate " + perSecond + " is not above 0 and at most " + (long) MAX_RATE);
        }
    }

    /// The next intended time; a constant schedule starts at 0.
    long next() {
        return switch (shape) {
            case CONSTANT -> {
                double now = nextNanos;
                nextNanos += meanGapNanos;
                yield Math.round(now);
            }
            case POISSON -> {
                nextNanos += -Math.log1p(-random.nextDouble()) * meanGapNanos;
                yield Math.round(nextNanos);
            }
        };
    }
}
