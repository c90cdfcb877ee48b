package dev.pagoda.compute.api;

import java.util.List;

/// What changes to the fleet would do, for administrators; nothing is done.
///
/// @param changes        made one after the other, 1 to [#MAX_CHANGES]
/// @param horizonSeconds how far to look, 0 to [#MAX_HORIZON_SECONDS]
public record AskWhatIf(List<Change> changes, double horizonSeconds) {
    public static final int MAX_CHANGES = 64;

    /// A year.
    public static final double MAX_HORIZON_SECONDS = 31_536_000;

    public AskWhatIf {
        changes = List.copyOf(changes);
        if (changes.isEmpty() || changes.size() > MAX_CHANGES) {
            throw new IllegalArgumentException(changes.size() + " changes are outside 1 to " + MAX_CHANGES);
        }
        if (!(horizonSeconds >= 0 && horizonSeconds <= MAX_HORIZON_SECONDS)) {
            throw new IllegalArgumentException(
                    "a horizon of " + horizonSeconds + " s is outside 0 to " + MAX_HORIZON_SECONDS);
        }
    }
}
