package dev.pagoda.gateway.route;

import java.util.List;
import java.util.function.ToDoubleFunction;

/// Whose turn it is among equals.
final class Turns {
    private int turn;

    /// The place of the least; among equals that which comes first from the one whose turn it is.
    <T extends Target> int least(List<T> targets, ToDoubleFunction<? super T> cost) {
        int size = targets.size();
        int best = -1;
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < size; i++) {
            int at = (turn + i) % size;
            double each = cost.applyAsDouble(targets.get(at));
            if (best < 0 || each < least) {
                best = at;
                least = each;
            }
        }
        if (best < 0) {
            throw new IllegalArgumentException("no targets to choose from, at least 1 is needed");
        }
        turn = best + 1;
        return best;
    }
}
