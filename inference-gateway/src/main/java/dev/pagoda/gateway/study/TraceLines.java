package dev.pagoda.gateway.study;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The lines of a text file, and what to say when one of them is broken.
final class TraceLines {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final long MAX_BYTES = 4L << 30;
    private static final int MAX_LINES = 20_000_000;

    private final Path file;
    private final List<String> lines;

    private TraceLines(Path file, List<String> lines) {
        this.file = file;
        this.lines = lines;
    }

    static TraceLines read(Path file) {
        try {
            if (Files.isDirectory(file)) {
                throw new TraceFault(file + " is a folder, expected a file");
            }
            if (Files.size(file) > MAX_BYTES) {
                throw new TraceFault(file + " has " + Files.size(file) + " bytes, expected at most " + MAX_BYTES);
            }
            var lines = new ArrayList<String>();
            try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    if (lines.size() == MAX_LINES) {
                        throw new TraceFault(file + " has more than " + MAX_LINES + " lines");
                    }
                    lines.add(line);
                }
            }
            return new TraceLines(file, lines);
        } catch (NoSuchFileException absent) {
            throw new TraceFault("there is no file " + file, absent);
        } catch (IOException failed) {
            throw new TraceFault("cannot read " + file + ": " + failed, failed);
        }
    }

    Path file() {
        return file;
    }

    int count() {
        return lines.size();
    }

    String line(int index) {
        return lines.get(index);
    }

    TraceFault broken(int index, String reason) {
        return new TraceFault(file + " line " + (index + 1) + ": " + reason);
    }

    JsonNode json(int index) {
        try {
            JsonNode node = MAPPER.readTree(lines.get(index));
            if (node == null || !node.isObject()) {
                throw broken(index, "expected a JSON object");
            }
            return node;
        } catch (JsonProcessingException e) {
            throw broken(index, "expected a JSON object: " + e.getOriginalMessage());
        }
    }

    /// A whole number of a JSON line.
    long whole(JsonNode node, int index, String field, long least, long most) {
        JsonNode value = node.get(field);
        if (value == null || !value.isNumber() || value.asDouble() != Math.rint(value.asDouble())) {
            throw broken(index, "expected a whole number in \"" + field + "\", not " + value);
        }
        return bounded(value.asLong(), index, field, least, most);
    }

    double number(JsonNode node, int index, String field) {
        JsonNode value = node.get(field);
        if (value == null || !value.isNumber() || !Double.isFinite(value.asDouble())) {
            throw broken(index, "expected a number in \"" + field + "\", not " + value);
        }
        return value.asDouble();
    }

    long whole(String text, int index, String field, long least, long most) {
        try {
            return bounded(Long.parseLong(text.strip()), index, field, least, most);
        } catch (NumberFormatException e) {
            throw broken(index, String.format(Locale.ROOT, "expected a whole number in %s, not '%s'", field, text));
        }
    }

    double number(String text, int index, String field) {
        try {
            double value = Double.parseDouble(text.strip());
            if (!Double.isFinite(value)) {
                throw broken(index, "expected a finite number in " + field + ", not " + text);
            }
            return value;
        } catch (NumberFormatException e) {
            throw broken(index, String.format(Locale.ROOT, "expected a number in %s, not '%s'", field, text));
        }
    }

    private long bounded(long value, int index, String field, long least, long most) {
        if (value < least || value > most) {
            throw broken(index, field + " is " + value + ", expected " + least + " to " + most);
        }
        return value;
    }
}
