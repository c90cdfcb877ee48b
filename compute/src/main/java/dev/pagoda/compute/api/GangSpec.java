package dev.pagoda.compute.api;

import org.jspecify.annotations.Nullable;

/// How many tasks a job runs at once, and how close together.
///
/// @param min       fewer than that never start, 1 to [#MAX_TASKS]
/// @param max       more than that are never given; equal to `min` for a job of fixed size
/// @param required  the level within which all tasks must stay, absent for anywhere
/// @param preferred the level within which they should stay, absent for no wish
public record GangSpec(
        int min,
        int max,
        @Nullable TopologyLevel required,
        @Nullable TopologyLevel preferred) {
    public static final int MAX_TASKS = 65_536;

    public GangSpec {
        if (min < 1 || max < min || max > MAX_TASKS) {
            throw new IllegalArgumentException(
                    "a gang of " + min + " to " + max + " tasks; expected 1 <= min <= max <= " + MAX_TASKS);
        }
        if (required != null && preferred != null && preferred.compareTo(required) >= 0) {
            throw new IllegalArgumentException("preferring " + preferred + " adds nothing to requiring " + required);
        }
    }

    /// Exactly that many tasks, anywhere.
    public static GangSpec of(int tasks) {
        return new GangSpec(tasks, tasks, null, null);
    }

    public boolean isElastic() {
        return max > min;
    }
}
