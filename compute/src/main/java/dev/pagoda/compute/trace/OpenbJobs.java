package dev.pagoda.compute.trace;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Alibaba's pods as jobs: from their creation, for as long as they ran, on the devices or the share of one
/// they asked for. Pods without a device, and those that were never scheduled and so tell no time to run, are
/// left out and counted.
final class OpenbJobs {
    static final List<String> COLUMNS = List.of("name", "cpu_milli", "memory_mib", "num_gpu", "gpu_milli");

    private static final List<String> TIMES = List.of("creation_time", "deletion_time", "scheduled_time");

    private OpenbJobs() {}

    static JobTrace read(TraceText text) {
        TraceTable table = TraceTable.titled(text, ',', COLUMNS);
        for (String each : TIMES) {
            if (!table.has(each)) {
                throw new TraceFault(
                        text.file(),
                        1,
                        0,
                        "a column " + each + ", since jobs need times",
                        text.lines().getFirst());
            }
        }
        List<TraceJob> jobs = new ArrayList<>();
        Set<String> names = new HashSet<>();
        int[] leftOut = new int[2];
        boolean hasSpec = table.has("gpu_spec");
        table.rows(row -> {
            String name = row.text("name");
            if (!names.add(name)) {
                throw row.fault("name", "that of no earlier pod");
            }
            int devices = (int) row.integer("num_gpu", 0, TraceJob.MAX_DEVICES);
            int milli = (int) row.integer("gpu_milli", 0, TraceJob.WHOLE);
            double created = row.decimal("creation_time", 0, TraceJob.MAX_SECONDS);
            double deleted = row.decimal("deletion_time", 0, TraceJob.MAX_SECONDS);
            if (devices == 0) {
                leftOut[0]++;
                return;
            }
            if (milli == 0 || (devices > 1 && milli < TraceJob.WHOLE)) {
                throw row.fault("gpu_milli", devices == 1 ? "1 to 1000 of the GPU" : "1000 of each GPU");
            }
            if (row.text("scheduled_time").isEmpty()) {
                leftOut[1]++;
                return;
            }
            double scheduled = row.decimal("scheduled_time", 0, TraceJob.MAX_SECONDS);
            if (deleted <= scheduled) {
                leftOut[1]++;
                return;
            }
            jobs.add(new TraceJob(
                    name,
                    "",
                    created,
                    devices,
                    milli,
                    new TraceJob.Work.Seconds(deleted - scheduled),
                    hasSpec ? models(row.text("gpu_spec")) : List.of()));
        });
        if (jobs.isEmpty()) {
            throw new TraceFault(text.file(), "a pod that ran on a GPU", "none");
        }
        List<String> notes = new ArrayList<>();
        if (leftOut[0] > 0) {
            notes.add(leftOut[0] + " pods without a GPU are left out");
        }
        if (leftOut[1] > 0) {
            notes.add(leftOut[1] + " pods that were never scheduled, or deleted at once, are left out");
        }
        return new JobTrace(TraceFormat.OPENB, jobs, notes);
    }

    private static List<String> models(String spec) {
        return Arrays.stream(spec.split("\\|", -1))
                .map(String::strip)
                .filter(each -> !each.isEmpty())
                .distinct()
                .toList();
    }
}
