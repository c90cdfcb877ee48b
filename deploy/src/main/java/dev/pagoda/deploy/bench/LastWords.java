package dev.pagoda.deploy.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What a child process that has ended wrote last to its log, for the end of a sentence that says so.
final class LastWords {
    private static final int LINES = 5;

    private LastWords() {}

    static String of(Path log) {
        try {
            List<String> lines = Files.readAllLines(log).stream()
                    .filter(line -> !line.isBlank())
                    .toList();
            String last = String.join(" | ", lines.subList(Math.max(0, lines.size() - LINES), lines.size()));
            return last.isEmpty() ? " and said nothing" : ": " + last;
        } catch (IOException unreadable) {
            return "; its log " + log + " cannot be read";
        }
    }
}
