package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Measures our own index while it changes, each mode and kind of change in a process of its own, see [LiveChild].
final class LiveMeasurement {
    private static final int LOG_LINES = 5;

    private final VectorSet set;
    private final Path folder;
    private final LivePlan plan;
    private final PrintStream out;
    private final PrintStream progress;

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
        this.out = out;
        this.progress = progress;
    }

    void run() {
        for (String mode : plan.modes()) {
            if (plan.load()) {
                run(List.of(
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
                    .ifPresent(rounds -> run(List.of(
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

    private void run(List<String> arguments) {
        List<String> command = ChildJvm.command(set.rawBytes(), plan.jvmOptions(), LiveChild.class, arguments);
        try {
            Path log = Files.createTempFile("pagoda-bench", ".log");
            try {
                Process child =
                        new ProcessBuilder(command).redirectError(log.toFile()).start();
                try {
                    relay(child, arguments.getFirst(), log);
                } finally {
                    // it has said all it has to say, or will not be listened to
                    child.destroyForcibly();
                }
            } finally {
                Files.deleteIfExists(log);
            }
        } catch (IOException failed) {
            throw new StartRefused("the process of the index cannot be used: " + failed.getMessage(), failed);
        }
    }

    private void relay(Process child, String kind, Path log) throws IOException {
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] fields = line.split("\t", 2);
            switch (fields[0]) {
                case LiveChild.PROGRESS -> progress.println(fields[1]);
                case LiveChild.FAILED -> throw new StartRefused("--" + kind + " failed: " + fields[1]);
                case LiveChild.DONE -> {
                    return;
                }
                default -> {
                    out.println(line);
                    out.flush();
                }
            }
        }
        throw new StartRefused("the process of --" + kind + " has ended" + lastWords(log));
    }

    private static String lastWords(Path log) throws IOException {
        List<String> lines = Files.readAllLines(log);
        String last = String.join(" | ", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
        return last.isBlank() ? " and said nothing" : ": " + last;
    }
}
