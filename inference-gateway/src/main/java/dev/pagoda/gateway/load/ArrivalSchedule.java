package dev.pagoda.gateway.load;

import java.util.SplittableRandom;

/// The times at which an open-loop run means to send, in nanoseconds since its start, never decreasing.
///
/// The schedule does not know how the target fares: that is what makes the loop open. A rate that changes is a steady
/// one of one request a unit, whose units pass faster or slower. One owner, not thread-safe.
final class ArrivalSchedule {
    /// Requests per second beyond which one client cannot keep its own schedule.
    static final double MAX_RATE = 1_000_000;

    /// After the last one.
    static final long NEVER = Long.MAX_VALUE;

    private static final double NANOS_PER_SECOND = 1e9;

    /// How the gaps between arrivals are drawn.
    enum Shape {
        /// Exponential gaps: independent users.
        POISSON,
        /// Equal gaps: a metronome.
        CONSTANT
    }

    private final Arrivals.ByClock arrivals;
    private final SplittableRandom random;
    /// Units so far, one a request in the mean.
    private double units;

    private int index;

    /// @param seed the same seed gives the same times
    ArrivalSchedule(Arrivals.ByClock arrivals, long seed) {
        this.arrivals = arrivals;
        this.random = new SplittableRandom(seed);
    }

    static void checkRate(double perSecond) {
        if (!(perSecond > 0 && perSecond <= MAX_RATE)) {
            throw new IllegalArgumentException("rate " + perSecond + " is not above 0 and at most " + (long) MAX_RATE);
        }
    }

    /// The next intended time; a constant schedule starts at 0. [#NEVER] when there is none.
    long next() {
        double seconds = switch (arrivals) {
            case Arrivals.Open open -> unit(open.shape()) / open.perSecond();
            case Arrivals.Ramp ramp -> ramped(ramp, unit(ramp.shape()));
            case Arrivals.Bursts bursts -> {
                double unit = unit(bursts.shape());
                double each = bursts.within() * bursts.onSeconds();
                double before = Math.floor(unit / each);
                yield before * (bursts.onSeconds() + bursts.offSeconds()) + (unit - before * each) / bursts.within();
            }
            case Arrivals.Replay replay -> {
                int now = index++;
                yield now < replay.requests().size() ? replay.offsetNanos(now) / NANOS_PER_SECOND : Double.MAX_VALUE;
            }
        };
        double nanos = seconds * NANOS_PER_SECOND;
        return nanos >= NEVER ? NEVER : Math.round(nanos);
    }

    private double unit(Shape shape) {
        return switch (shape) {
            case CONSTANT -> units++;
            case POISSON -> {
                units += -Math.log1p(-random.nextDouble());
                yield units;
            }
        };
    }

    /// When so many units have passed: `from t + (to - from) t^2 / 2 over` of them have after `t`, and at the last rate
    /// after the ramp.
    private static double ramped(Arrivals.Ramp ramp, double units) {
        double whole = (ramp.from() + ramp.to()) / 2 * ramp.overSeconds();
        if (units > whole) {
            return ramp.to() == 0 ? Double.MAX_VALUE : ramp.overSeconds() + (units - whole) / ramp.to();
        }
        double slope = (ramp.to() - ramp.from()) / ramp.overSeconds();
        // the stable form of the root, which a slope of nothing does not harm
        double root = Math.sqrt(Math.max(0, ramp.from() * ramp.from() + 2 * slope * units));
        return units == 0 ? 0 : 2 * units / (ramp.from() + root);
    }
}
