package dev.pagoda.compute.trace;

import java.util.ArrayList;
import java.util.List;

/// Reads the service times of past jobs, in seconds of a device, one a line below the title `duration`: what
/// the Gittins index of Tiresias is computed from.
public final class ServiceTimes {
    private ServiceTimes() {}

    /// @return ascending, at least two
    /// @throws TraceFault if it is not such a file
    public static double[] read(TraceText text) {
        List<Double> times = new ArrayList<>();
        TraceTable.titled(text, ',', List.of("duration"))
                .rows(row -> times.add(row.decimal("duration", 0, TraceJob.MAX_SECONDS)));
        if (times.size() < 2) {
            throw new TraceFault(text.file(), "at least 2 service times", String.valueOf(times.size()));
        }
        return times.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    }
}
