package dev.pagoda.gateway.load;

import java.util.OptionalDouble;

/// Looks for the highest rate at which something holds: doubles while it does or halves while it does not, then halves
/// what is between until it is narrow. Not thread-safe.
final class RateSearch {
    private static final int MOST_TRIALS = 24;
    private static final double NARROW = 1.05;
    private static final double LOWEST = .01;

    private double holds;
    private double fails = Double.POSITIVE_INFINITY;
    private double next;
    private int trials;

    /// @param first rate to try
    RateSearch(double first) {
        ArrivalSchedule.checkRate(first);
        this.next = first;
    }

    /// The rate to try now; nothing when the search is over.
    OptionalDouble next() {
        boolean isOver =
                trials == MOST_TRIALS || fails <= NARROW * holds || next < LOWEST || next > ArrivalSchedule.MAX_RATE;
        return isOver ? OptionalDouble.empty() : OptionalDouble.of(next);
    }

    /// Whether it held at the rate that was to try.
    void tell(boolean itHolds) {
        trials++;
        if (itHolds) {
            holds = Math.max(holds, next);
        } else {
            fails = Math.min(fails, next);
        }
        if (Double.isInfinite(fails)) {
            next = 2 * holds;
        } else if (holds == 0) {
            next = fails / 2;
        } else {
            next = (holds + fails) / 2;
        }
    }

    /// The highest rate at which it held.
    OptionalDouble best() {
        return holds == 0 ? OptionalDouble.empty() : OptionalDouble.of(holds);
    }

    double lowest() {
        return LOWEST;
    }
}
