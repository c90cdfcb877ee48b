package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/// The main class of a child process that measures our own index: while it changes, or under filters.
///
/// Standard output has lines of results, of progress (`progress TEXT`) and at the end `done` or `failed WHY`, fields
/// separated by tabs. The process ends at once when its input does.
final class LiveChild {
    static final String LOAD = "load";
    static final String CHURN = "churn";
    static final String FILTERS = "filters";
    static final String PROGRESS = "progress";
    static final String FAILED = "failed";
    static final String DONE = "done";

    /// So that a tenth of the set and a half of it are something.
    static final int LEAST_ROWS = 100;

    private LiveChild() {}

    /// @param args what to measure, mode, ef, seed, folder, set, metric, whether to shuffle; then upserts a second,
    ///     seconds of a phase and of warming up, or the rounds, or passes and seconds of warming up
    public static void main(String[] args) {
        PrintStream out = System.out;
        Thread.ofPlatform().daemon().start(LiveChild::endWithInput);
        try {
            VectorSet set = VectorSet.open(Path.of(args[4]), args[5], Metric.named(args[6]));
            long seed = Long.parseLong(args[3]);
            LiveData read = LiveData.read(set);
            LiveData data = Boolean.parseBoolean(args[7]) ? read.shuffled(seed) : read;
            int ef = Integer.parseInt(args[2]);
            switch (args[0]) {
                case LOAD ->
                    new LiveBench(data, args[1], ef, seed, out)
                            .load(Integer.parseInt(args[8]), Integer.parseInt(args[9]), Integer.parseInt(args[10]));
                case CHURN -> new LiveBench(data, args[1], ef, seed, out).churn(Integer.parseInt(args[8]));
                case FILTERS ->
                    new FilterBench(data, args[1], ef, seed, out)
                            .run(Integer.parseInt(args[8]), Integer.parseInt(args[9]));
                default -> throw new IllegalArgumentException("nothing is called '" + args[0] + "'");
            }
            out.println(DONE);
        } catch (StartRefused refused) {
            out.println(FAILED + "\t" + refused.getMessage());
        } catch (Exception failure) {
            out.println(FAILED + "\t" + String.valueOf(failure).replaceAll("\\s+", " "));
        }
        out.flush();
    }

    private static void endWithInput() {
        try {
            while (System.in.read() >= 0) {
                // nothing is said by it
            }
        } catch (IOException gone) {
            System.err.println("standard input: " + gone.getMessage());
        }
        Runtime.getRuntime().halt(0);
    }
}
