package dev.pagoda.compute.placement;

import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Collectors;

/// Why a gang was not placed.
///
/// @param taskSet  the set that was not placed whole
/// @param placed   how many of its tasks would have been, in the best domain that was tried
/// @param missing  how many more would have been needed
/// @param dominant the reason of most nodes that could ever take such a task, or, when none could, of most
///     nodes
/// @param nodes how many nodes have each reason after `placed` tasks were put; every node that cannot take one
///     more counts once
/// @param level    the level that the tasks must share
public record Refusal(
        String taskSet, int placed, int missing, Lack dominant, Map<Lack, Integer> nodes, Topology.Level level) {
    public Refusal {
        nodes = Map.copyOf(nodes);
    }

    /// Whether no waiting mends it: every node lacks something for good.
    public boolean isPermanent() {
        return nodes.keySet().stream().allMatch(Lack::isPermanent);
    }

    /// One sentence for people, with the counts, the dominant reason first.
    public String sentence() {
        Map<Lack, Integer> ordered = new EnumMap<>(Lack.class);
        ordered.putAll(nodes);
        Integer most = ordered.remove(dominant);
        String rest = ordered.entrySet().stream()
                .map(each -> each.getValue() + " " + each.getKey().words())
                .collect(Collectors.joining(", "));
        int all = nodes.values().stream().mapToInt(Integer::intValue).sum();
        String where = level == Topology.Level.CLUSTER ? "" : " in one " + level.noun();
        return placed + " of " + (placed + missing) + " tasks of " + taskSet + " fit" + where + "; of " + all
                + " nodes that cannot take one more " + (most == null ? 0 : most) + " " + dominant.words()
                + (rest.isEmpty() ? "" : ", " + rest);
    }
}
