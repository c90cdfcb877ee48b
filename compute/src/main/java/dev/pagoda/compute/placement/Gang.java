package dev.pagoda.compute.placement;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/// Tasks that run together or not at all.
///
/// @param taskSets 1 to 64, with distinct names
public record Gang(List<TaskSet> taskSets, Topology topology) {
    static final int MAX_TASKS = 65_536;
    private static final int MAX_SETS = 64;

    public Gang {
        taskSets = List.copyOf(taskSets);
        Objects.requireNonNull(topology, "topology");
        if (taskSets.isEmpty() || taskSets.size() > MAX_SETS) {
            throw new IllegalArgumentException("a gang of " + taskSets.size() + " task sets is outside 1 to 64");
        }
        Set<String> names = new HashSet<>();
        for (TaskSet each : taskSets) {
            if (!names.add(each.name())) {
                throw new IllegalArgumentException("a gang has two task sets named " + each.name());
            }
        }
    }

    /// So many equal tasks, all or none, anywhere.
    public static Gang of(Demand demand, int count) {
        return elastic(demand, count, count);
    }

    /// Equal tasks, at least `minCount` and at most `count`, anywhere.
    public static Gang elastic(Demand demand, int minCount, int count) {
        return new Gang(List.of(new TaskSet("task", demand, count, minCount)), Topology.NONE);
    }

    /// The same gang under another constraint.
    public Gang within(Topology other) {
        return new Gang(taskSets, other);
    }

    /// Tasks without which it does not run.
    public int minTasks() {
        return taskSets.stream().mapToInt(TaskSet::minCount).sum();
    }

    /// Devices without which it does not run.
    public int minDevices() {
        return taskSets.stream()
                .mapToInt(each -> each.minCount() * each.demand().devices())
                .sum();
    }
}
