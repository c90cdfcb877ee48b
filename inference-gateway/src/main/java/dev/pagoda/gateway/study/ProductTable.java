package dev.pagoda.gateway.study;

import dev.pagoda.gateway.model.ProductFit;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Reads measured matrix products in the layout of aiconfigurator: columns `gemm_dtype,m,n,k,latency`, the last in
/// milliseconds.
public final class ProductTable {
    private static final List<String> WANTED = List.of("gemm_dtype", "m", "n", "k", "latency");
    private static final int MAX_SIDE = 1 << 24;

    private ProductTable() {}

    /// @param format which of the formats in the file
    /// @throws TraceFault if the file is no such table, or has no such format
    public static List<ProductFit.Point> read(Path file, String format) {
        TraceLines lines = TraceLines.read(file);
        if (lines.count() == 0) {
            throw new TraceFault(file + " is empty, expected a header with " + WANTED);
        }
        List<String> columns = Arrays.asList(lines.line(0).strip().split(",", -1));
        int[] at = new int[WANTED.size()];
        for (int i = 0; i < at.length; i++) {
            at[i] = columns.indexOf(WANTED.get(i));
            if (at[i] < 0) {
                throw lines.broken(0, "expected the column " + WANTED.get(i) + ", found " + columns);
            }
        }
        var points = new ArrayList<ProductFit.Point>();
        for (int i = 1; i < lines.count(); i++) {
            if (lines.line(i).isBlank()) {
                continue;
            }
            String[] cells = lines.line(i).split(",", -1);
            if (cells.length != columns.size()) {
                throw lines.broken(i, "expected " + columns.size() + " cells, found " + cells.length);
            }
            if (!cells[at[0]].strip().equals(format)) {
                continue;
            }
            double millis = lines.number(cells[at[4]], i, "latency");
            if (millis <= 0) {
                throw lines.broken(i, "latency is " + millis + ", expected above 0");
            }
            points.add(new ProductFit.Point(
                    (int) lines.whole(cells[at[1]], i, "m", 1, MAX_SIDE),
                    (int) lines.whole(cells[at[2]], i, "n", 1, MAX_SIDE),
                    (int) lines.whole(cells[at[3]], i, "k", 1, MAX_SIDE),
                    1e3 * millis));
        }
        if (points.isEmpty()) {
            throw new TraceFault(file + " has no products of " + format);
        }
        return points;
    }
}
