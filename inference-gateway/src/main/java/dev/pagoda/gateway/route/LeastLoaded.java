package dev.pagoda.gateway.route;

import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;

/// Sends each request to the candidate with the least load; equals take turns.
///
/// Not thread-safe.
public final class LeastLoaded<T> {
    private int turn;

    /// @param candidates those that may take the request, in a stable order
    /// @param load       what each has in hand, at least 0
    /// @return empty when there is no candidate
    public Optional<T> pick(List<T> candidates, ToIntFunction<? super T> load) {
        int size = candidates.size();
        if (size == 0) {
            return Optional.empty();
        }
        int start = Math.floorMod(turn, size);
        int best = start;
        int least = load.applyAsInt(candidates.get(start));
        for (int i = 1; i < size; i++) {
            int at = (start + i) % size;
            int candidate = load.applyAsInt(candidates.get(at));
            if (candidate < least) {
                best = at;
                least = candidate;
            }
        }
        turn = best + 1;
        return Optional.of(candidates.get(best));
    }
}
