package dev.pagoda.compute.api;

import java.util.List;
import java.util.Objects;

/// One queue at one moment.
///
/// @param borrowedShare its weighted dominant share of what its cohort lends, 0 within its own quota
/// @param usedShare     its weighted dominant share of what it could use
public record QueueView(
        String name, int pending, int running, double borrowedShare, double usedShare, List<FlavorView> flavors) {
    public QueueView {
        Objects.requireNonNull(name, "name");
        flavors = List.copyOf(flavors);
    }

    /// One flavor of a queue, in thousandths as [Quota] counts them.
    ///
    /// @param availableMilli what it may still take, borrowing included
    public record FlavorView(String flavor, long nominalMilli, long usedMilli, long availableMilli) {}
}
