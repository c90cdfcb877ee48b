package dev.pagoda.gateway.study;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A comma-separated file with a header.
record CsvTable(TraceLines lines, Map<String, Integer> columns) {
    private static final int MAX_COUNT = 1 << 24;

    static CsvTable read(Path file, List<String> wanted) {
        TraceLines lines = TraceLines.read(file);
        if (lines.count() == 0) {
            throw new TraceFault(file + " is empty, expected a header with " + wanted);
        }
        Map<String, Integer> columns = new LinkedHashMap<>();
        String[] names = lines.line(0).strip().split(",", -1);
        for (int i = 0; i < names.length; i++) {
            columns.put(names[i].strip(), i);
        }
        for (String each : wanted) {
            if (!columns.containsKey(each)) {
                throw lines.broken(0, "expected the column " + each + ", found " + columns.keySet());
            }
        }
        return new CsvTable(lines, columns);
    }

    boolean has(String column) {
        return columns.containsKey(column);
    }

    boolean isRow(int line) {
        return !lines.line(line).isBlank();
    }

    String text(int line, String column) {
        String[] cells = lines.line(line).split(",", -1);
        if (cells.length != columns.size()) {
            throw lines.broken(line, "expected " + columns.size() + " cells, found " + cells.length);
        }
        Integer at = columns.get(column);
        if (at == null) {
            throw lines.broken(0, "expected the column " + column + ", found " + columns.keySet());
        }
        return cells[at].strip();
    }

    int whole(int line, String column) {
        return whole(line, column, 0, MAX_COUNT);
    }

    int whole(int line, String column, int least, int most) {
        return (int) lines.whole(text(line, column), line, column, least, most);
    }

    double number(int line, String column) {
        return lines.number(text(line, column), line, column);
    }

    double micros(int line) {
        double micros = number(line, "time_us");
        if (micros < 0) {
            throw lines.broken(line, "time_us is " + micros + ", expected at least 0");
        }
        return micros;
    }
}
