package dev.pagoda.gateway.study;

import dev.pagoda.gateway.model.ProductFit;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Reads measured matrix products in the layout of aiconfigurator: columns `gemm_dtype,m,n,k,latency`, the last in
/// milliseconds.
public final class ProductTable {
    private static final int MAX_SIDE = 1 << 24;

    private ProductTable() {}

    /// @param format which of the formats in the file
    /// @throws TraceFault if the file is no such table, or has no such format
    public static List<ProductFit.Point> read(Path file, String format) {
        CsvTable table = CsvTable.read(file, List.of("gemm_dtype", "m", "n", "k", "latency"));
        var points = new ArrayList<ProductFit.Point>();
        for (int i = 1; i < table.lines().count(); i++) {
            if (!table.isRow(i) || !table.text(i, "gemm_dtype").equals(format)) {
                continue;
            }
            double millis = table.number(i, "latency");
            if (millis <= 0) {
                throw table.lines().broken(i, "latency is " + millis + ", expected above 0");
            }
            points.add(new ProductFit.Point(
                    table.whole(i, "m", 1, MAX_SIDE),
                    table.whole(i, "n", 1, MAX_SIDE),
                    table.whole(i, "k", 1, MAX_SIDE),
                    1e3 * millis));
        }
        if (points.isEmpty()) {
            throw new TraceFault(file + " has no products of " + format);
        }
        return points;
    }
}
