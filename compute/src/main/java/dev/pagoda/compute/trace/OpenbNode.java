package dev.pagoda.compute.trace;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// A node of Alibaba's cluster trace of 2023 (`openb_node_list_*.csv`: `sn,cpu_milli,memory_mib,gpu,model`).
///
/// @param name      distinct in its file
/// @param cpuMilli  thousandths of a core
/// @param memoryMib host memory
/// @param gpus      how many
/// @param model     of its GPUs, empty when it has none
public record OpenbNode(String name, long cpuMilli, long memoryMib, int gpus, String model) {
    static final long MAX_AMOUNT = 1L << 40;
    static final int MAX_GPUS = 64;
    static final int MAX_NODES = 100_000;

    /// The nodes of a file, in its order.
    ///
    /// @throws TraceFault if it is not such a list
    public static List<OpenbNode> read(TraceText text) {
        TraceTable table = TraceTable.titled(text, ',', List.of("sn", "cpu_milli", "memory_mib", "gpu", "model"));
        List<OpenbNode> nodes = new ArrayList<>();
        Set<String> names = new HashSet<>();
        table.rows(row -> {
            String name = row.text("sn");
            if (name.isEmpty()) {
                throw row.fault("sn", "the name of a node");
            }
            if (!names.add(name)) {
                throw row.fault("sn", "that of no earlier node");
            }
            int gpus = (int) row.integer("gpu", 0, MAX_GPUS);
            String model = row.text("model");
            if (gpus > 0 && model.isEmpty()) {
                throw row.fault("model", "that of the node's GPUs");
            }
            nodes.add(new OpenbNode(
                    name,
                    row.integer("cpu_milli", 0, MAX_AMOUNT),
                    row.integer("memory_mib", 0, MAX_AMOUNT),
                    gpus,
                    gpus == 0 ? "" : model));
        });
        if (nodes.isEmpty() || nodes.size() > MAX_NODES) {
            throw new TraceFault(text.file(), "1 to " + MAX_NODES + " nodes", nodes.size() + " nodes");
        }
        return List.copyOf(nodes);
    }
}
