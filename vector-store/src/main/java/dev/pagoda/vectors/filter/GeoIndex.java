package dev.pagoda.vectors.filter;

import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.GeoArea;
import dev.pagoda.vectors.api.GeoPoint;
import dev.pagoda.vectors.api.KeyPath;
import java.util.Optional;

/// Slots by place, in cells of 1/256 degree (about 430 m from south to north), and within a cell by the place to
/// about a centimetre. The cells of the box around an area are looked through; only places at its very edge have to
/// be asked of the points.
public final class GeoIndex extends FieldIndex {
    private static final int CELLS_PER_DEGREE = 256;

    /// Bits of a place within its cell, in each direction.
    private static final int FINE = 15;

    private static final double STEPS_PER_DEGREE = CELLS_PER_DEGREE * (double) (1 << FINE);
    private static final long FINE_MASK = (1L << FINE) - 1;
    private static final int COLUMN_SHIFT = 2 * FINE;
    private static final int ROW_SHIFT = COLUMN_SHIFT + 17;
    private static final long COLUMN_MASK = (1L << (ROW_SHIFT - COLUMN_SHIFT)) - 1;

    /// A box of more rows is looked through as one run of rows.
    private static final int MANY_ROWS = 2048;

    /// Row from the south and column from the west, then the place within.
    private final SortedSlots places = new SortedSlots();

    public GeoIndex(KeyPath key) {
        super(key);
    }

    private static long key(GeoPoint place) {
        long lat = (long) ((place.lat() + 90) * STEPS_PER_DEGREE);
        long lon = (long) ((place.lon() + 180) * STEPS_PER_DEGREE);
        return first(lat >>> FINE, lon >>> FINE) | (lat & FINE_MASK) << FINE | (lon & FINE_MASK);
    }

    /// The least key of a cell.
    private static long first(long row, long column) {
        return row << ROW_SHIFT | column << COLUMN_SHIFT;
    }

    private static GeoPoint place(long key) {
        long lat = (key >>> ROW_SHIFT) << FINE | (key >>> FINE & FINE_MASK);
        long lon = (key >>> COLUMN_SHIFT & COLUMN_MASK) << FINE | (key & FINE_MASK);
        return new GeoPoint(
                Math.min(180, (lon + 0.5) / STEPS_PER_DEGREE - 180), Math.min(90, (lat + 0.5) / STEPS_PER_DEGREE - 90));
    }

    @Override
    boolean holds(Object value) {
        return Geo.point(value).isPresent();
    }

    @Override
    boolean addValue(int slot, Object value) {
        Optional<GeoPoint> place = Geo.point(value);
        place.ifPresent(point -> places.add(key(point), slot));
        return place.isPresent();
    }

    @Override
    void removeValue(int slot, Object value) {
        Geo.point(value).ifPresent(point -> places.remove(key(point), slot));
    }

    @Override
    Optional<Bounds> find(Condition condition, int words) {
        if (!(condition instanceof Condition.WithinArea(KeyPath _, GeoArea area))) {
            return Optional.empty();
        }
        Geo.Bounds box = Geo.bounds(area);
        Bounds found = Bounds.nothing(words);
        SortedSlots.Visitor test = (key, slot) -> {
            GeoPoint place = place(key);
            if (slot >>> 6 < words) {
                long bit = 1L << slot;
                if (Geo.isNearEdge(area, place)) {
                    found.possible()[slot >>> 6] |= bit;
                } else if (Geo.holds(area, place)) {
                    found.possible()[slot >>> 6] |= bit;
                    found.sure()[slot >>> 6] |= bit;
                }
            }
            return true;
        };
        if (box.west() <= box.east()) {
            visit(box.south(), box.north(), box.west(), box.east(), test);
        } else {
            visit(box.south(), box.north(), box.west(), 180, test);
            visit(box.south(), box.north(), -180, box.east(), test);
        }
        return Optional.of(found);
    }

    private void visit(double south, double north, double west, double east, SortedSlots.Visitor test) {
        long firstRow = (long) ((south + 90) * CELLS_PER_DEGREE);
        long lastRow = (long) ((north + 90) * CELLS_PER_DEGREE);
        long firstColumn = (long) ((west + 180) * CELLS_PER_DEGREE);
        long lastColumn = (long) ((east + 180) * CELLS_PER_DEGREE);
        if (lastRow - firstRow > Math.min(MANY_ROWS, places.size())) {
            places.ascending(first(firstRow, 0), (key, slot) -> {
                long column = key >>> COLUMN_SHIFT & COLUMN_MASK;
                return key >>> ROW_SHIFT <= lastRow
                        && (column < firstColumn || column > lastColumn || test.visit(key, slot));
            });
            return;
        }
        for (long row = firstRow; row <= lastRow; row++) {
            long end = first(row, lastColumn + 1);
            places.ascending(first(row, firstColumn), (key, slot) -> key < end && test.visit(key, slot));
        }
    }

    @Override
    public long bytes() {
        return places.bytes();
    }
}
