package dev.pagoda.deploy.simulate;

import dev.pagoda.deploy.StartRefused;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Files that the results of a study go to, where a user wants any.
final class ResultFile {
    private ResultFile() {}

    /// Refuses before the study what could not be written after it.
    static void refuseUnwritable(@Nullable Path file) {
        if (file == null) {
            return;
        }
        Path folder = file.toAbsolutePath().getParent();
        if (Files.isDirectory(file) || folder == null || !Files.isWritable(folder)) {
            throw new StartRefused(file + " cannot be written: "
                    + (Files.isDirectory(file) ? "it is a folder" : "its folder is not there or cannot be written"));
        }
    }

    /// The name of a file without its ending.
    static String title(Path file) {
        String name = String.valueOf(file.getFileName());
        int end = name.lastIndexOf('.');
        return end > 0 ? name.substring(0, end) : name;
    }

    /// @param what to call it
    /// @param out  is told where it is
    static void write(@Nullable Path file, Supplier<String> text, String what, PrintStream out) {
        if (file == null) {
            return;
        }
        try {
            Files.writeString(file, text.get());
        } catch (IOException unwritable) {
            throw new StartRefused("the " + what + " cannot be written to " + file.toAbsolutePath(), unwritable);
        }
        out.println();
        out.println(what + ": " + file.toAbsolutePath());
    }
}
