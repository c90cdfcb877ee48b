package dev.pagoda.compute.placement;

import java.util.Objects;

/// Tasks of a gang that are alike (Kueue: a pod set).
///
/// @param name     distinct within the gang, for example `worker`
/// @param count    how many at most, 1 to [Gang#MAX_TASKS]
/// @param minCount how many at least, 1 to `count`; below `count` the set is elastic
public record TaskSet(String name, Demand demand, int count, int minCount) {
    public TaskSet {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a task set's name is blank");
        }
        Objects.requireNonNull(demand, "demand");
        if (count < 1 || count > Gang.MAX_TASKS) {
            throw new IllegalArgumentException(
                    "task set " + name + " has " + count + " tasks, outside 1 to " + Gang.MAX_TASKS);
        }
        if (minCount < 1 || minCount > count) {
            throw new IllegalArgumentException(
                    "task set " + name + " needs " + minCount + " tasks, outside 1 to its " + count);
        }
    }
}
