package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/// Measures our own index under filters, each mode in a process of its own, see [LiveChild].
final class FilterMeasurement {
    private final VectorSet set;
    private final Path folder;
    private final FilterPlan plan;
    private final ChildReport report;

    /// @param folder   of the set
    /// @param out      lines of results
    /// @param progress what is under way
    FilterMeasurement(VectorSet set, Path folder, FilterPlan plan, PrintStream out, PrintStream progress) {
        if (set.rows() < LiveChild.LEAST_ROWS) {
            throw new StartRefused(
                    "--filters needs " + LiveChild.LEAST_ROWS + " rows and " + set.name() + " has " + set.rows());
        }
        this.set = set;
        this.folder = folder;
        this.plan = plan;
        this.report = new ChildReport(set.rawBytes(), plan.jvmOptions(), out, progress);
    }

    void run() {
        for (String mode : plan.modes()) {
            report.run(List.of(
                    LiveChild.FILTERS,
                    mode,
                    Integer.toString(plan.ef()),
                    Long.toString(plan.seed()),
                    folder.toString(),
                    set.name(),
                    set.metric().label(),
                    Boolean.toString(plan.shuffled()),
                    Integer.toString(plan.passes()),
                    Integer.toString(plan.warmUpSeconds())));
        }
    }
}
