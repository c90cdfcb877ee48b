package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.FacetHit;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Hit;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.ScrollPage;
import dev.pagoda.vectors.filter.BoolIndex;
import dev.pagoda.vectors.filter.FieldIndex;
import dev.pagoda.vectors.filter.GeoIndex;
import dev.pagoda.vectors.filter.KeywordIndex;
import dev.pagoda.vectors.filter.RangeIndex;
import dev.pagoda.vectors.filter.SlotSet;
import dev.pagoda.vectors.filter.TextIndex;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What is read of a collection at one moment without ranking: points by id, their number, and their values.
final class Listing {
    /// So often are the values in an index counted if points change meanwhile; then the points are asked instead.
    private static final int MOST_FACET_ATTEMPTS = 3;

    private final Reading reading;
    private final Generation generation;
    private final long sequence;
    private final Overdue overdue;
    private final int end;

    Listing(Reading reading) {
        this.reading = reading;
        this.generation = reading.generation();
        this.sequence = reading.sequence();
        this.overdue = reading.overdue();
        this.end = generation.end();
    }

    /// A page of points and the id that the next one begins with, null on the last one.
    record Page(List<StoredPoint> points, @Nullable PointId next) {}

    Matching matching(Filter filter) {
        return new Matching(generation, sequence, overdue, end, filter);
    }

    /// The matching points by ascending id, from `from` on.
    ScrollPage scroll(Filter filter, @Nullable PointId from, int limit, boolean withVectors) {
        Page page = page(filter, from, limit);
        List<Hit> hits = new ArrayList<>(page.points().size());
        for (StoredPoint point : page.points()) {
            hits.add(Hits.of(generation, point, 0, withVectors));
        }
        return new ScrollPage(hits, page.next());
    }

    /// The first of the matching points by an order, each as often as it has a place there.
    List<Hit> scroll(Ordering order, Filter filter, int limit, boolean withVectors) {
        return Hits.of(reading, order.first(matching(filter), generation, limit), withVectors);
    }

    /// The points with these ids that are there, in the order asked for.
    List<Hit> retrieve(List<PointId> ids, boolean withVectors) {
        List<Hit> hits = new ArrayList<>(ids.size());
        for (PointId each : ids) {
            StoredPoint point = reading.find(each);
            if (point != null) {
                hits.add(Hits.of(generation, point, 0, withVectors));
            }
        }
        return hits;
    }

    long count(Filter filter) {
        return matching(filter).count();
    }

    /// How many points may match: half of them where no index tells.
    long expected(Filter filter, int living) {
        Matching matching = matching(filter);
        return matching.isIndexed() ? matching.estimate() : (living + 1) / 2;
    }

    /// As [#count], but what no index tells of is guessed.
    long estimate(Filter filter) {
        return matching(filter).estimate();
    }

    /// How many points have a value at a key that its index holds.
    long indexed(KeyPath key) {
        long[] visible = matching(Filter.EVERYTHING).slots();
        return generation
                .indexes()
                .field(key)
                .map(field -> (long) field.countIn(visible))
                .orElse(0L);
    }

    /// The matching points by ascending id.
    Page page(Filter filter, @Nullable PointId from, int limit) {
        if (filter.isEverything()) {
            return onTheWay(point -> !overdue.has(point), from, limit);
        }
        Matching matching = matching(filter);
        long most = matching.most();
        // few points are sorted sooner than found on the way through all ids
        return matching.isIndexed() && most * most < (long) limit * generation.living()
                ? sorted(matching, from, limit)
                : onTheWay(matching::matches, from, limit);
    }

    private Page sorted(Matching matching, @Nullable PointId from, int limit) {
        PriorityQueue<StoredPoint> least =
                new PriorityQueue<>(Comparator.comparing(StoredPoint::id).reversed());
        matching.forEach(slot -> {
            StoredPoint point = generation.at(slot);
            if (point != null && (from == null || point.id().compareTo(from) >= 0)) {
                least.add(point);
                if (least.size() > limit + 1) {
                    least.remove();
                }
            }
        });
        List<StoredPoint> points = new ArrayList<>(least);
        points.sort(Comparator.comparing(StoredPoint::id));
        return points.size() > limit
                ? new Page(points.subList(0, limit), points.get(limit).id())
                : new Page(points, null);
    }

    private Page onTheWay(Predicate<StoredPoint> matching, @Nullable PointId from, int limit) {
        List<StoredPoint> page = new ArrayList<>();
        var points = from == null ? generation.ids() : generation.ids().tailMap(from, true);
        for (StoredPoint point : points.values()) {
            if (!matching.test(point)) {
                continue;
            }
            if (page.size() == limit) {
                return new Page(page, point.id());
            }
            page.add(point);
        }
        return new Page(page, null);
    }

    /// The values at a key that most of the matching points have, with their number; ties by value.
    ///
    /// @throws dev.pagoda.governance.bus.Refused if the key has no index of single values
    List<FacetHit> facet(String key, Filter filter, int limit) {
        FieldIndex index = generation.indexes().field(KeyPath.parse(key)).orElseThrow(() -> noFacet(key));
        Matching matching = matching(filter);
        long[] slots = matching.slots().clone();
        List<StoredPoint> asked = generation.takeUnsettled(slots);
        for (int attempt = 0; attempt < MOST_FACET_ATTEMPTS; attempt++) {
            Map<Object, Long> counts = counts(index, slots).orElseThrow(() -> noFacet(key));
            List<StoredPoint> moved = generation.takeUnsettled(slots);
            if (moved.isEmpty()) {
                return facet(index, counts, asked, limit);
            }
            asked.addAll(moved);
        }
        return facet(index, new HashMap<>(), matching.points(), limit);
    }

    /// How many of the slots have each value; empty if an index does not tell single values.
    private static Optional<Map<Object, Long>> counts(FieldIndex index, long[] matching) {
        Map<Object, Long> counts = new HashMap<>();
        switch (index) {
            case KeywordIndex keywords -> keywords.forEach((text, slots) -> count(counts, text, slots, matching));
            case BoolIndex flags -> {
                count(counts, true, flags.slots(true), matching);
                count(counts, false, flags.slots(false), matching);
            }
            case RangeIndex numbers
            when numbers.isForLookup() ->
                numbers.visit(false, null, (number, slot) -> {
                    if (slot >>> 6 < matching.length && ((matching[slot >>> 6] >>> slot) & 1) != 0) {
                        counts.merge(number, 1L, Long::sum);
                    }
                    return true;
                });
            case RangeIndex _, GeoIndex _, TextIndex _ -> {
                return Optional.empty();
            }
        }
        return Optional.of(counts);
    }

    /// @param counts values of other points, by value
    private static List<FacetHit> facet(
            FieldIndex index, Map<Object, Long> counts, List<StoredPoint> points, int limit) {
        for (StoredPoint point : points) {
            index.distinct(point.payload()).forEach(value -> counts.merge(value, 1L, Long::sum));
        }
        return counts.entrySet().stream()
                .map(entry -> new FacetHit(entry.getKey(), entry.getValue()))
                .sorted(Comparator.comparingLong(FacetHit::count).reversed().thenComparing(Listing::compareValues))
                .limit(limit)
                .toList();
    }

    private static void count(Map<Object, Long> counts, Object value, SlotSet slots, long[] matching) {
        int count = slots.countIn(matching);
        if (count > 0) {
            counts.merge(value, (long) count, Long::sum);
        }
    }

    private static int compareValues(FacetHit a, FacetHit b) {
        return switch (a.value()) {
            case String text when b.value() instanceof String other -> text.compareTo(other);
            case Long number when b.value() instanceof Long other -> number.compareTo(other);
            case Boolean flag when b.value() instanceof Boolean other -> flag.compareTo(other);
            default -> throw new IllegalStateException("values of two kinds in one index");
        };
    }

    private static RuntimeException noFacet(String key) {
        return Refusals.badRequest("No appropriate index for faceting: `" + key
                + "`. Please create a keyword, integer (with lookup), bool or uuid index for it");
    }
}
