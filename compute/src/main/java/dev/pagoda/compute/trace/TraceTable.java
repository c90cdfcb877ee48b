package dev.pagoda.compute.trace;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Rows of fields parted by one character: what the published traces are. A field may stand in double quotes,
/// in which the character is one like others and a doubled quote is a quote (RFC 4180), but no line ends. Its
/// first line may name the columns.
public final class TraceTable {
    /// Rows a table may have: eight times the jobs of the longest public trace of GPU jobs (Philly's 117,325).
    public static final int MAX_ROWS = 1_000_000;

    private static final int MAX_LINE = 10_000;
    private static final char QUOTE = '"';

    private final String file;
    private final char separator;
    private final List<String> lines;
    private final int firstRow;
    private final List<String> columns;
    private final Map<String, Integer> places = new HashMap<>();

    private TraceTable(TraceText text, char separator, List<String> lines, int firstRow, List<String> columns) {
        this.file = text.file();
        this.separator = separator;
        this.lines = lines;
        this.firstRow = firstRow;
        this.columns = columns;
        for (int i = 0; i < columns.size(); i++) {
            places.putIfAbsent(columns.get(i), i);
        }
        if (lines.size() - firstRow > MAX_ROWS) {
            throw new TraceFault(file, "at most " + MAX_ROWS + " rows", String.valueOf(lines.size() - firstRow));
        }
    }

    /// A table whose first line names its columns, of which these are needed, in any order.
    ///
    /// @throws TraceFault if one is missing
    public static TraceTable titled(TraceText text, char separator, List<String> needed) {
        List<String> lines = text.lines();
        if (lines.isEmpty()) {
            throw new TraceFault(text.file(), "a first line with the columns " + String.join(",", needed), "no line");
        }
        List<String> columns = split(text.file(), 1, lines.getFirst(), separator).stream()
                .map(Field::text)
                .toList();
        for (String each : needed) {
            if (!columns.contains(each)) {
                throw new TraceFault(text.file(), 1, 0, "a column " + each, lines.getFirst());
            }
        }
        return new TraceTable(text, separator, lines, 1, columns);
    }

    /// A table without titles, whose columns are called so here.
    public static TraceTable untitled(TraceText text, char separator, List<String> columns) {
        return new TraceTable(text, separator, text.lines(), 0, columns);
    }

    public boolean has(String column) {
        return places.containsKey(column);
    }

    /// Hands over every row in turn; blank lines are passed over.
    ///
    /// @throws TraceFault at the first that has not as many fields as there are columns
    public void rows(Consumer<Row> reader) {
        for (int i = firstRow; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.isBlank()) {
                continue;
            }
            if (line.length() > MAX_LINE) {
                throw new TraceFault(file, i + 1, MAX_LINE, "a line of at most " + MAX_LINE + " characters", "more");
            }
            List<Field> fields = split(file, i + 1, line, separator);
            if (fields.size() != columns.size()) {
                Field last = fields.get(Math.min(columns.size(), fields.size() - 1));
                throw new TraceFault(
                        file,
                        i + 1,
                        fields.size() > columns.size() ? last.column() : line.length() + 1,
                        columns.size() + " fields (" + String.join(", ", columns) + ")",
                        fields.size() + " fields");
            }
            reader.accept(new Row(i + 1, fields));
        }
    }

    private static List<Field> split(String file, int number, String line, char separator) {
        List<Field> fields = new ArrayList<>();
        int from = 0;
        while (true) {
            int start = from;
            while (start < line.length() && line.charAt(start) == ' ' && separator != ' ') {
                start++;
            }
            boolean isQuoted = start < line.length() && line.charAt(start) == QUOTE;
            int to = line.indexOf(separator, isQuoted ? closing(file, number, line, start) : from);
            int end = to < 0 ? line.length() : to;
            String text = line.substring(from, end).strip();
            if (isQuoted) {
                if (text.charAt(text.length() - 1) != QUOTE) {
                    throw new TraceFault(file, number, start + 1, "nothing after the closing quote", text);
                }
                text = text.substring(1, text.length() - 1)
                        .replace("\"\"", "\"")
                        .strip();
            }
            fields.add(new Field(from + 1, text));
            if (to < 0) {
                return fields;
            }
            from = to + 1;
        }
    }

    /// Where the quote that opens at `start` is closed; a doubled one does not close it.
    private static int closing(String file, int number, String line, int start) {
        int at = line.indexOf(QUOTE, start + 1);
        while (at >= 0 && at + 1 < line.length() && line.charAt(at + 1) == QUOTE) {
            at = line.indexOf(QUOTE, at + 2);
        }
        if (at < 0) {
            throw new TraceFault(file, number, start + 1, "a closing quote in the same line", line.substring(start));
        }
        return at;
    }

    private record Field(int column, String text) {}

    /// One row, read by the names of its columns.
    public final class Row {
        private final int line;
        private final List<Field> fields;

        private Row(int line, List<Field> fields) {
            this.line = line;
            this.fields = fields;
        }

        /// Its line in the file, from 1.
        public int line() {
            return line;
        }

        public String text(String column) {
            return field(column).text();
        }

        /// @throws TraceFault unless it is an integer from `least` to `most`
        public long integer(String column, long least, long most) {
            String text = text(column);
            try {
                long value = Long.parseLong(text);
                if (value >= least && value <= most) {
                    return value;
                }
            } catch (NumberFormatException notANumber) {
                throw fault(column, "an integer from " + least + " to " + most);
            }
            throw fault(column, "an integer from " + least + " to " + most);
        }

        /// @throws TraceFault unless it is a finite number from `least` to `most`
        public double decimal(String column, double least, double most) {
            String text = text(column);
            try {
                double value = Double.parseDouble(text);
                if (value >= least && value <= most) {
                    return value;
                }
            } catch (NumberFormatException notANumber) {
                throw fault(column, "a number from " + least + " to " + most);
            }
            throw fault(column, "a number from " + least + " to " + most);
        }

        /// A fault of this row's field.
        public TraceFault fault(String column, String expected) {
            Field field = field(column);
            String found = field.text().isEmpty() ? "nothing" : field.text();
            return new TraceFault(file, line, field.column(), column + " to be " + expected, found);
        }

        private Field field(String column) {
            Integer place = places.get(column);
            if (place == null) {
                throw new IllegalArgumentException("no column " + column + " among " + columns);
            }
            return fields.get(place);
        }
    }
}
