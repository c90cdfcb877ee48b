package dev.pagoda.compute.trace;

import java.util.ArrayList;
import java.util.List;

/// Gavel's traces: tab separated, without titles, of seven columns as those made of Microsoft's Philly jobs
/// are, or of ten as the repository's later ones.
final class GavelTrace {
    private static final List<String> SEVEN = List.of(
            "job type", "command", "steps argument", "needs data dir", "total steps", "arrival time", "scale factor");
    private static final List<String> TEN = List.of(
            "job type",
            "command",
            "working directory",
            "steps argument",
            "needs data dir",
            "total steps",
            "scale factor",
            "priority weight",
            "SLO",
            "arrival time");
    private static final double MAX_STEPS = 1e18;

    private GavelTrace() {}

    static JobTrace read(TraceText text) {
        String first = text.lines().stream()
                .filter(each -> !each.isBlank())
                .findFirst()
                .orElseThrow(() -> new TraceFault(text.file(), "a job a line", "nothing"));
        List<String> columns = first.split("\t", -1).length == TEN.size() ? TEN : SEVEN;
        List<TraceJob> jobs = new ArrayList<>();
        TraceTable.untitled(text, '\t', columns).rows(row -> {
            String type = row.text("job type");
            if (type.isEmpty()) {
                throw row.fault("job type", "a name, as in the table of throughputs");
            }
            double steps = row.decimal("total steps", 0, MAX_STEPS);
            if (steps == 0) {
                throw row.fault("total steps", "above 0");
            }
            double arrival = row.decimal("arrival time", 0, TraceJob.MAX_SECONDS);
            int devices = (int) row.integer("scale factor", 1, TraceJob.MAX_DEVICES);
            jobs.add(new TraceJob(
                    String.valueOf(jobs.size()),
                    type,
                    arrival,
                    devices,
                    TraceJob.WHOLE,
                    new TraceJob.Work.Steps(steps),
                    List.of()));
        });
        return new JobTrace(TraceFormat.GAVEL, jobs, List.of());
    }
}
