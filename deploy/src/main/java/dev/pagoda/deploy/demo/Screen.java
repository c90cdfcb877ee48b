package dev.pagoda.deploy.demo;

import java.io.Console;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Optional;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/// What the person in front of the demo sees: lines on standard output, bars on standard error where that is a
/// terminal.
final class Screen {
    private static final int COLUMNS = 100;
    private static final int REDRAW_MILLIS = 100;

    private final PrintStream out;
    private final boolean isTerminal;

    Screen(PrintStream out) {
        this.out = out;
        this.isTerminal = Optional.ofNullable(System.console())
                .filter(Console::isTerminal)
                .isPresent();
    }

    // the annotation that is asked for would be one more dependency
    @SuppressWarnings("AnnotateFormatMethod")
    void line(String format, Object... arguments) {
        out.println(String.format(Locale.ROOT, format, arguments));
    }

    /// A bar that fills; drawn only on a terminal.
    Progress progress(String what, int all) {
        if (!isTerminal) {
            return new Progress(null);
        }
        return new Progress(new ProgressBarBuilder()
                .setTaskName("   " + what)
                .setInitialMax(all)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(REDRAW_MILLIS)
                .setConsumer(new ConsoleProgressBarConsumer(System.err, COLUMNS))
                .clearDisplayOnFinish()
                .build());
    }

    /// The hold on a bar.
    static final class Progress implements AutoCloseable {
        private final @Nullable ProgressBar bar;

        private Progress(@Nullable ProgressBar bar) {
            this.bar = bar;
        }

        void at(int done) {
            if (bar != null) {
                bar.stepTo(done);
            }
        }

        @Override
        public void close() {
            if (bar != null) {
                bar.close();
            }
        }
    }
}
