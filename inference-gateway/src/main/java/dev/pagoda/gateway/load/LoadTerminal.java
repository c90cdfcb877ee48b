package dev.pagoda.gateway.load;

import java.io.PrintStream;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/// The live progress of a run: a bar on a terminal, one plain line every five seconds elsewhere.
///
/// The bar counts requests when their number is the bound, seconds otherwise. One owner, not thread-safe.
final class LoadTerminal implements AutoCloseable {
    private static final double PLAIN_LINE_SECONDS = 5;
    private static final int BAR_WIDTH = 120;

    private final PrintStream out;
    private final boolean countsRequests;
    private final @Nullable ProgressBar bar;
    private double nextLineSeconds = PLAIN_LINE_SECONDS;

    /// @param isTerminal whether `out` is a terminal that can redraw a line
    /// @param requests   the bound on requests if that ends the run, else -1
    LoadTerminal(PrintStream out, boolean isTerminal, long requests, Duration duration) {
        this.out = out;
        this.countsRequests = requests > 0;
        this.bar = isTerminal
                ? new ProgressBarBuilder()
                        .setTaskName("load")
                        .setInitialMax(countsRequests ? requests : duration.toSeconds())
                        .setUnit(countsRequests ? " req" : " s", 1)
                        .setUpdateIntervalMillis(250)
                        .setStyle(ProgressBarStyle.ASCII)
                        .setConsumer(new ConsoleProgressBarConsumer(out, BAR_WIDTH))
                        .hideEta()
                        .build()
                : null;
    }

    /// Progress on standard error, which leaves standard output to the report.
    static LoadTerminal onStandardError(boolean isTerminal, long requests, Duration duration) {
        return new LoadTerminal(System.err, isTerminal, requests, duration);
    }

    void show(LoadProgress progress) {
        if (bar != null) {
            bar.stepTo(
                    countsRequests
                            ? progress.ended()
                            : (long) Math.min(progress.elapsedSeconds(), (double) bar.getMax()));
            bar.setExtraMessage(" " + progress.line());
        } else if (progress.elapsedSeconds() >= nextLineSeconds) {
            nextLineSeconds += PLAIN_LINE_SECONDS;
            out.printf("%.0f s: %d ended, %s%n", progress.elapsedSeconds(), progress.ended(), progress.line());
            out.flush();
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
