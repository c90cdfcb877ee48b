package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/// Measures our own index while it changes, each mode and kind of change in a process of its own, see [LiveChild].
final class LiveMeasurement {
    private final VectorSet set;
    private final Path folder;
    private final LivePlan plan;
    private final ChildReport report;

    /// @param folder   of the set
    /// @param out      lines of results
    /// @param progress what is under way
    LiveMeasurement(VectorSet set, Path folder, LivePlan plan, PrintStream out, PrintStream progress) {
        if (set.rows() < LiveChild.LEAST_ROWS) {
            throw new StartRefused("--load and --churn need " + LiveChild.LEAST_ROWS + " rows and " + set.name()
                    + " has " + set.rows());
        }
        this.set = set;
        this.folder = folder;
        this.plan = plan;
        this.report = new ChildReport(set.rawBytes(), plan.jvmOptions(), out, progress);
    }

    void run() {
        for (String mode : plan.modes()) {
            if (plan.load()) {
                report.run(List.of(
                        LiveChild.LOAD,
                        mode,
                        Integer.toString(plan.ef()),
                        Long.toString(plan.seed()),
                        folder.toString(),
                        set.name(),
                        set.metric().label(),
                        Boolean.toString(plan.shuffled()),
                        Integer.toString(plan.upsertsPerSecond()),
                        Integer.toString(plan.seconds()),
                        Integer.toString(plan.warmUpSeconds())));
            }
            plan.churnRounds()
                    .ifPresent(rounds -> report.run(List.of(
                            LiveChild.CHURN,
                            mode,
                            Integer.toString(plan.ef()),
                            Long.toString(plan.seed()),
                            folder.toString(),
                            set.name(),
                            set.metric().label(),
                            Boolean.toString(plan.shuffled()),
                            Integer.toString(rounds))));
        }
    }
}
