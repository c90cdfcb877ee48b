package dev.pagoda.compute.trace;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The devices of a cluster as a file tells them: those of each node, by model. Read are the cluster shapes of
/// Tiresias's simulator (all its devices are called `gpu`) and Alibaba's lists of nodes.
///
/// @param byModel devices of each node that has some
public record ClusterNodes(Map<String, List<Integer>> byModel) {
    /// Nodes a cluster may have.
    public static final int MAX_NODES = 1_000_000;

    private static final int MAX_PER_NODE = 1024;
    private static final List<String> SHAPE = List.of("num_switch", "num_node_p_switch", "num_gpu_p_node");
    private static final List<String> NODES = List.of("sn", "gpu", "model");

    public ClusterNodes {
        byModel = Collections.unmodifiableMap(new LinkedHashMap<>(byModel));
    }

    /// @throws TraceFault if it is neither, or has no device
    public static ClusterNodes read(TraceText text) {
        String first = text.lines().stream().findFirst().orElse("");
        List<String> columns = List.of(first.split(",", -1));
        Map<String, List<Integer>> byModel;
        if (columns.containsAll(SHAPE)) {
            byModel = shape(text);
        } else if (columns.containsAll(NODES)) {
            byModel = nodes(text);
        } else {
            throw new TraceFault(
                    text.file(),
                    1,
                    0,
                    "the columns " + String.join(",", SHAPE) + " (tiresias) or " + String.join(",", NODES) + " (openb)",
                    first.isEmpty() ? "nothing" : first);
        }
        if (byModel.isEmpty()) {
            throw new TraceFault(text.file(), "a node with a device", "none");
        }
        return new ClusterNodes(byModel);
    }

    private static Map<String, List<Integer>> shape(TraceText text) {
        List<Integer> perNode = new ArrayList<>();
        TraceTable.titled(text, ',', SHAPE).rows(row -> {
            long switches = row.integer("num_switch", 1, MAX_NODES);
            long nodes = switches * row.integer("num_node_p_switch", 1, MAX_NODES);
            int devices = (int) row.integer("num_gpu_p_node", 1, MAX_PER_NODE);
            if (perNode.size() + nodes > MAX_NODES) {
                throw row.fault("num_node_p_switch", "so that there are at most " + MAX_NODES + " nodes");
            }
            perNode.addAll(Collections.nCopies((int) nodes, devices));
        });
        return perNode.isEmpty() ? Map.of() : Map.of("gpu", perNode);
    }

    private static Map<String, List<Integer>> nodes(TraceText text) {
        Map<String, List<Integer>> byModel = new LinkedHashMap<>();
        for (OpenbNode node : OpenbNode.read(text)) {
            if (node.gpus() > 0) {
                byModel.computeIfAbsent(node.model(), each -> new ArrayList<>()).add(node.gpus());
            }
        }
        return byModel;
    }
}
