package dev.pagoda.compute.trace;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// A pod of Alibaba's cluster trace of 2023 (`openb_pod_list_*.csv`), as far as placing it goes. The first five
/// columns are `name,cpu_milli,memory_mib,num_gpu,gpu_milli`; `gpu_spec` may follow, and others that are not
/// read.
///
/// @param name      distinct in its file
/// @param cpuMilli  thousandths of a core
/// @param memoryMib host memory
/// @param gpus      how many
/// @param gpuMilli  thousandths of each, 0 without a GPU, below 1000 only of one
/// @param gpuSpec   accepted models joined by `|` as the file has them, which may repeat one; empty for any
public record OpenbPod(String name, long cpuMilli, long memoryMib, int gpus, int gpuMilli, String gpuSpec) {
    private static final int WHOLE = 1000;

    /// The pods of a file, in its order.
    ///
    /// @throws TraceFault if it is not such a list
    public static List<OpenbPod> read(TraceText text) {
        TraceTable table = TraceTable.titled(text, ',', OpenbJobs.COLUMNS);
        boolean hasSpec = table.has("gpu_spec");
        List<OpenbPod> pods = new ArrayList<>();
        Set<String> names = new HashSet<>();
        table.rows(row -> {
            String name = row.text("name");
            if (name.isEmpty()) {
                throw row.fault("name", "the name of a pod");
            }
            if (!names.add(name)) {
                throw row.fault("name", "that of no earlier pod");
            }
            int gpus = (int) row.integer("num_gpu", 0, OpenbNode.MAX_GPUS);
            int milli = (int) row.integer("gpu_milli", 0, WHOLE);
            if (gpus == 0 && milli > 0) {
                throw row.fault("gpu_milli", "0 without a GPU");
            }
            if ((gpus > 0 && milli == 0) || (gpus > 1 && milli < WHOLE)) {
                throw row.fault("gpu_milli", gpus == 1 ? "1 to 1000 of the GPU" : "1000 of each GPU");
            }
            pods.add(new OpenbPod(
                    name,
                    row.integer("cpu_milli", 0, OpenbNode.MAX_AMOUNT),
                    row.integer("memory_mib", 0, OpenbNode.MAX_AMOUNT),
                    gpus,
                    milli,
                    hasSpec ? row.text("gpu_spec") : ""));
        });
        if (pods.isEmpty()) {
            throw new TraceFault(text.file(), "at least one pod", "none");
        }
        return List.copyOf(pods);
    }

    /// The models it accepts, each once; none for any.
    public List<String> models() {
        return Arrays.stream(gpuSpec.split("\\|", -1))
                .map(String::strip)
                .filter(each -> !each.isEmpty())
                .distinct()
                .toList();
    }
}
