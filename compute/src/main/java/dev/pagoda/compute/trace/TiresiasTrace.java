package dev.pagoda.compute.trace;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The traces of Tiresias's simulator: a job runs for its `duration` on as many devices as it asks for,
/// wherever they are.
final class TiresiasTrace {
    static final List<String> COLUMNS = List.of("job_id", "num_gpu", "submit_time", "duration");

    private TiresiasTrace() {}

    static JobTrace read(TraceText text) {
        List<TraceJob> jobs = new ArrayList<>();
        Set<String> names = new HashSet<>();
        TraceTable table = TraceTable.titled(text, ',', COLUMNS);
        boolean hasModel = table.has("model_name");
        table.rows(row -> {
            String name = row.text("job_id");
            if (!names.add(name)) {
                throw row.fault("job_id", "that of no earlier job");
            }
            double duration = row.decimal("duration", 0, TraceJob.MAX_SECONDS);
            if (duration == 0) {
                throw row.fault("duration", "above 0");
            }
            jobs.add(new TraceJob(
                    name,
                    hasModel ? row.text("model_name") : "",
                    row.decimal("submit_time", 0, TraceJob.MAX_SECONDS),
                    (int) row.integer("num_gpu", 1, TraceJob.MAX_DEVICES),
                    TraceJob.WHOLE,
                    new TraceJob.Work.Seconds(duration),
                    List.of()));
        });
        if (jobs.isEmpty()) {
            throw new TraceFault(text.file(), "a job a line", "only titles");
        }
        return new JobTrace(TraceFormat.TIRESIAS, jobs, List.of());
    }
}
