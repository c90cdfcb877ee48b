package dev.pagoda.deploy.simulate;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The files that every study can leave: a table for programs and a picture.
final class ResultFiles {
    @Option(names = "--csv", paramLabel = "F", description = "Where the table goes.")
    private @Nullable Path csv;

    @Option(names = "--svg", paramLabel = "F", description = "Where the picture goes.")
    private @Nullable Path svg;

    /// Refuses before the study what could not be written after it.
    void refuseUnwritable() {
        ResultFile.refuseUnwritable(csv);
        ResultFile.refuseUnwritable(svg);
    }

    /// @param out is told where they are
    void write(Supplier<String> table, Supplier<String> picture, PrintStream out) {
        ResultFile.write(csv, table, "table", out);
        ResultFile.write(svg, picture, "picture", out);
    }
}
