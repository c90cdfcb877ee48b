package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.filter.PointFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// Which points of a collection at one moment a query may answer.
final class Candidates {
    private final CollectionConfig config;
    private final Generation generation;
    private final long sequence;
    private final int end;

    Candidates(CollectionConfig config, Reading reading) {
        this.config = config;
        this.generation = reading.generation();
        this.sequence = reading.sequence();
        this.end = generation.end();
    }

    /// Slots in use are below this.
    int end() {
        return end;
    }

    /// The slots of the points that match.
    ///
    /// @param field the vector field that they must have, null = none
    IntPredicate slots(@Nullable String field, Filter filter) {
        PointFilter test = SchemaFilter.of(filter, config);
        return slot -> {
            StoredPoint point = generation.at(slot);
            return point != null
                    && point.isVisible(sequence)
                    && (field == null || point.hasVector(field))
                    && test.matches(point);
        };
    }

    /// The points that match.
    ///
    /// @param field the vector field that they must have, null = none
    /// @param pool  the only points that count, which match already; null = all
    List<StoredPoint> points(@Nullable String field, Filter filter, @Nullable Set<StoredPoint> pool) {
        List<StoredPoint> points = new ArrayList<>();
        if (pool != null) {
            for (StoredPoint point : pool) {
                if (field == null || point.hasVector(field)) {
                    points.add(point);
                }
            }
            return points;
        }
        IntPredicate test = slots(field, filter);
        for (int slot = 0; slot < end; slot++) {
            if (test.test(slot)) {
                StoredPoint point = generation.at(slot);
                if (point != null) {
                    points.add(point);
                }
            }
        }
        return points;
    }
}
