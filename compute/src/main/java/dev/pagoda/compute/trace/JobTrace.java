package dev.pagoda.compute.trace;

import java.util.Comparator;
import java.util.List;

/// The jobs of a trace in the order of their arrival, with what its reader left out or assumed.
///
/// @param notes a sentence each
public record JobTrace(TraceFormat format, List<TraceJob> jobs, List<String> notes) {
    public JobTrace {
        if (jobs.isEmpty()) {
            throw new IllegalArgumentException("a trace without jobs");
        }
        jobs = jobs.stream()
                .sorted(Comparator.comparingDouble(TraceJob::arrivalSeconds))
                .toList();
        notes = List.copyOf(notes);
    }
}
