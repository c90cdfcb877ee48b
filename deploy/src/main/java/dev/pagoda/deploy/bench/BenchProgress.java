package dev.pagoda.deploy.bench;

import java.io.Console;
import java.io.PrintStream;
import java.util.Optional;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/// How far a measurement is: a bar on a terminal, one plain line a phase elsewhere.
public record BenchProgress(PrintStream out, boolean isTerminal) {
    private static final int WIDTH = 100;

    /// On standard error, which leaves standard output to the results.
    public static BenchProgress onStandardError() {
        boolean isWatched = Optional.ofNullable(System.console())
                .filter(Console::isTerminal)
                .isPresent();
        return new BenchProgress(System.err, isWatched);
    }

    public void say(String sentence) {
        out.println(sentence);
        out.flush();
    }

    /// The bar of a phase; close it at its end.
    public Bar bar(String phase, long steps) {
        if (!isTerminal) {
            say(phase);
            return new Bar(null);
        }
        return new Bar(new ProgressBarBuilder()
                .setTaskName(phase)
                .setInitialMax(steps)
                .setUpdateIntervalMillis(250)
                .setStyle(ProgressBarStyle.ASCII)
                .setConsumer(new ConsoleProgressBarConsumer(out, WIDTH))
                .build());
    }

    /// Safe from any thread.
    public record Bar(@Nullable ProgressBar shown) implements AutoCloseable {
        public void stepBy(long steps) {
            if (shown != null) {
                shown.stepBy(steps);
            }
        }

        public void stepTo(long step) {
            if (shown != null) {
                shown.stepTo(step);
            }
        }

        @Override
        public void close() {
            if (shown != null) {
                shown.close();
            }
        }
    }
}
