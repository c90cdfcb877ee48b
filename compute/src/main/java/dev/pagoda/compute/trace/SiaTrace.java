package dev.pagoda.compute.trace;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The workloads of Sia and Pollux. They say what is trained, when it arrives and on how many replicas, but not
/// for how long: both papers let profiles of the applications decide that. Here a job does the work of the size
/// class that Pollux gives its application (OSDI 2021, table 1 and section 5.1: small below 1 hour of a GPU,
/// medium 1 to 10, large 10 to 100, extra large 100 to 1000), in the geometric middle of the class.
final class SiaTrace {
    static final List<String> COLUMNS = List.of("name", "time", "application", "num_replicas");

    private static final double SMALL = Math.sqrt(0.1);
    private static final double MEDIUM = Math.sqrt(10);
    private static final double LARGE = Math.sqrt(1000);
    private static final double EXTRA_LARGE = Math.sqrt(100_000);

    /// Hours of one device; `bert` is Sia's addition, in its paper a medium job.
    private static final Map<String, Double> DEVICE_HOURS = Map.of(
            "cifar10", SMALL,
            "ncf", SMALL,
            "deepspeech2", MEDIUM,
            "bert", MEDIUM,
            "yolov3", LARGE,
            "imagenet", EXTRA_LARGE);

    private SiaTrace() {}

    static JobTrace read(TraceText text) {
        List<TraceJob> jobs = new ArrayList<>();
        Set<String> names = new HashSet<>();
        TraceTable.titled(text, ',', COLUMNS).rows(row -> {
            String name = row.text("name");
            if (!names.add(name)) {
                throw row.fault("name", "that of no earlier job");
            }
            String application = row.text("application");
            Double hours = DEVICE_HOURS.get(application);
            if (hours == null) {
                throw row.fault(
                        "application",
                        "one of " + DEVICE_HOURS.keySet().stream().sorted().toList());
            }
            int replicas = (int) row.integer("num_replicas", 1, TraceJob.MAX_DEVICES);
            jobs.add(new TraceJob(
                    name,
                    application,
                    row.decimal("time", 0, TraceJob.MAX_SECONDS),
                    replicas,
                    TraceJob.WHOLE,
                    new TraceJob.Work.Seconds(hours * 3600 / replicas),
                    List.of()));
        });
        if (jobs.isEmpty()) {
            throw new TraceFault(text.file(), "a job a line", "only titles");
        }
        return new JobTrace(
                TraceFormat.SIA,
                jobs,
                List.of("the trace does not say how long its jobs run: each does the work of its application's size"
                        + " class in Pollux's table 1, on the replicas it names"));
    }
}
