package dev.pagoda.compute.trace;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// The published formats of job traces that are read here.
public enum TraceFormat {
    /// Narayanan et al., OSDI 2020: tab separated, without titles, steps to train.
    GAVEL,
    /// Gu et al., NSDI 2019: `job_id,num_gpu,submit_time,...,duration,...`.
    TIRESIAS,
    /// Jayaram Subramanya et al., SOSP 2023, and Pollux (Qiao et al., OSDI 2021):
    /// `name,time,application,num_replicas,...`.
    SIA,
    /// Weng et al., ATC 2023: pods of a shared cluster, `name,cpu_milli,memory_mib,num_gpu,gpu_milli,...`.
    OPENB;

    /// The name a user writes.
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static String ids() {
        return Arrays.stream(values()).map(TraceFormat::id).collect(Collectors.joining(", "));
    }

    public static Optional<TraceFormat> named(String id) {
        return Arrays.stream(values()).filter(each -> each.id().equals(id)).findFirst();
    }

    /// The format that the first line of a text has.
    ///
    /// @throws TraceFault if it has none of them
    public static TraceFormat of(TraceText text) {
        String first = text.lines().stream().findFirst().orElse("");
        if (first.indexOf('\t') >= 0) {
            return GAVEL;
        }
        List<String> columns =
                Arrays.stream(first.split(",", -1)).map(String::strip).toList();
        if (columns.containsAll(TiresiasTrace.COLUMNS)) {
            return TIRESIAS;
        }
        if (columns.containsAll(SiaTrace.COLUMNS)) {
            return SIA;
        }
        if (columns.containsAll(OpenbJobs.COLUMNS)) {
            return OPENB;
        }
        throw new TraceFault(
                text.file(),
                1,
                0,
                "fields parted by tabs (gavel), or the columns "
                        + String.join(",", TiresiasTrace.COLUMNS) + " (tiresias), "
                        + String.join(",", SiaTrace.COLUMNS) + " (sia) or "
                        + String.join(",", OpenbJobs.COLUMNS) + " (openb)",
                first.isEmpty() ? "nothing" : first);
    }

    /// Reads a whole trace of this format.
    ///
    /// @throws TraceFault at the first place that is not as it must be
    public JobTrace read(TraceText text) {
        return switch (this) {
            case GAVEL -> GavelTrace.read(text);
            case TIRESIAS -> TiresiasTrace.read(text);
            case SIA -> SiaTrace.read(text);
            case OPENB -> OpenbJobs.read(text);
        };
    }
}
