package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.hnsw.NodeSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// Which points of a collection at one moment a query may answer.
final class Candidates {
    /// So many points at most are asked before a search, of those that the payload indexes leave open; more are
    /// asked as the search meets them.
    private static final int MOST_ASKED = 4_096;

    private final Generation generation;
    private final long sequence;
    private final Overdue overdue;
    private final int end;

    Candidates(Reading reading) {
        this.generation = reading.generation();
        this.sequence = reading.sequence();
        this.overdue = reading.overdue();
        this.end = generation.end();
    }

    /// Slots in use are below this.
    int end() {
        return end;
    }

    Matching matching(Filter filter) {
        return new Matching(generation, sequence, overdue, end, filter);
    }

    /// The slots of the points that match.
    ///
    /// @param field the vector field that they must have, null = none
    IntPredicate slots(@Nullable String field, Filter filter) {
        if (filter.isEverything()) {
            return slot -> {
                StoredPoint point = generation.at(slot);
                return point != null
                        && point.isVisible(sequence)
                        && !overdue.has(point)
                        && (field == null || point.hasVector(field));
            };
        }
        Matching matching = matching(filter);
        return field == null ? matching : slot -> matching.test(slot) && has(slot, field);
    }

    /// As [#slots] for the search of a vector field, which finds only points that have a vector there: as a set
    /// if the payload indexes tell most of it.
    IntPredicate searched(String field, Filter filter) {
        if (filter.isEverything()) {
            return slots(field, filter);
        }
        Matching matching = matching(filter);
        if (!matching.isIndexed() || matching.open() > MOST_ASKED) {
            return slot -> matching.test(slot) && has(slot, field);
        }
        DenseField dense = generation.dense().get(field);
        return dense != null && dense.hasApart()
                ? NodeSet.of(end, slot -> matching.test(slot) && has(slot, field))
                : matching.nodes();
    }

    private boolean has(int slot, String field) {
        StoredPoint point = generation.at(slot);
        return point != null && point.hasVector(field);
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
        matching(filter).forEach(slot -> {
            StoredPoint point = generation.at(slot);
            if (point != null && (field == null || point.hasVector(field))) {
                points.add(point);
            }
        });
        return points;
    }
}
