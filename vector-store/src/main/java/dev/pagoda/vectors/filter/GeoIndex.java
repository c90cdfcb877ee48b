package dev.pagoda.vectors.filter;

import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.GeoArea;
import dev.pagoda.vectors.api.GeoPoint;
import dev.pagoda.vectors.api.KeyPath;
import java.util.Optional;

/// Slots by place, in cells of 1/256 degree (about 430 m from south to north). An area is answered with the
/// cells of
/// the box around it, so a slot found there has still to be asked.
public final class GeoIndex extends FieldIndex {
    private static final int CELLS_PER_DEGREE = 256;

    /// A box of more rows is looked through as one run of rows.
    private static final int MANY_ROWS = 2048;

    private static final int ROW_SHIFT = 32;

    /// Row from the south, then column from the west.
    private final SortedSlots cells = new SortedSlots();

    public GeoIndex(KeyPath key) {
        super(key);
    }

    private static long row(double lat) {
        return (long) Math.floor((lat + 90) * CELLS_PER_DEGREE);
    }

    private static long column(double lon) {
        return (long) Math.floor((lon + 180) * CELLS_PER_DEGREE);
    }

    private static long cell(GeoPoint place) {
        return (row(place.lat()) << ROW_SHIFT) | column(place.lon());
    }

    @Override
    boolean holds(Object value) {
        return Geo.point(value).isPresent();
    }

    @Override
    boolean addValue(int slot, Object value) {
        Optional<GeoPoint> place = Geo.point(value);
        place.ifPresent(point -> cells.add(cell(point), slot));
        return place.isPresent();
    }

    @Override
    void removeValue(int slot, Object value) {
        Geo.point(value).ifPresent(point -> cells.remove(cell(point), slot));
    }

    @Override
    Optional<Bounds> find(Condition condition, int words) {
        if (!(condition instanceof Condition.WithinArea(KeyPath _, GeoArea area))) {
            return Optional.empty();
        }
        Geo.Bounds box = Geo.bounds(area);
        long[] found = new long[words];
        if (box.west() <= box.east()) {
            collect(box.south(), box.north(), box.west(), box.east(), found);
        } else {
            collect(box.south(), box.north(), box.west(), 180, found);
            collect(box.south(), box.north(), -180, box.east(), found);
        }
        return Optional.of(new Bounds(new long[words], found));
    }

    private void collect(double south, double north, double west, double east, long[] found) {
        long firstRow = row(south);
        long lastRow = row(north);
        long firstColumn = column(west);
        long lastColumn = column(east);
        if (lastRow - firstRow > Math.min(MANY_ROWS, cells.size())) {
            cells.ascending(firstRow << ROW_SHIFT, (cell, slot) -> {
                long column = cell & ((1L << ROW_SHIFT) - 1);
                if (column >= firstColumn && column <= lastColumn && slot >>> 6 < found.length) {
                    found[slot >>> 6] |= 1L << slot;
                }
                return cell >>> ROW_SHIFT <= lastRow;
            });
            return;
        }
        for (long row = firstRow; row <= lastRow; row++) {
            cells.orInto((row << ROW_SHIFT) | firstColumn, (row << ROW_SHIFT) | lastColumn, found);
        }
    }

    @Override
    public long bytes() {
        return cells.bytes();
    }
}
