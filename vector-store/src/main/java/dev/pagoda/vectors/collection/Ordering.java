package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.OrderBy;
import dev.pagoda.vectors.filter.RangeIndex;
import dev.pagoda.vectors.filter.Timestamps;
import dev.pagoda.vectors.filter.Values;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Ranks points by the numbers or dates at a payload key that has an index of ranges.
final class Ordering {
    /// What an index makes a value of a payload into, null if it keeps no such value.
    private interface Reading {
        @Nullable
        Number of(@Nullable Object value);
    }

    private final OrderBy asked;
    private final @Nullable Number start;
    private final Reading reading;
    private final Comparator<Ranked> order;

    /// @throws dev.pagoda.governance.bus.Refused if the key has no index of ranges
    Ordering(OrderBy asked, CollectionConfig config) {
        this.asked = asked;
        this.start = start(asked.startFrom());
        this.reading = reading(asked.key(), config);
        Comparator<Ranked> byValue = (a, b) -> compare(value(a), value(b));
        this.order = (asked.isDescending() ? byValue.reversed() : byValue)
                .thenComparing(ranked -> ranked.point().id());
    }

    /// The first `limit` places of the points that match, in the order of the key's index.
    List<Ranked> first(Matching matching, Generation generation, int limit) {
        int count = matching.count();
        RangeIndex index =
                generation.indexes().field(asked.key()).orElse(null) instanceof RangeIndex range ? range : null;
        // few points are sorted sooner than met on the way through all values
        if (index == null || (long) count * count <= (long) limit * generation.living()) {
            return first(matching.points(), limit);
        }
        Long from = null;
        Object start = asked.startFrom();
        if (start != null) {
            from = index.sortable(start, asked.isDescending()).orElse(null);
            if (from == null) {
                return first(matching.points(), limit);
            }
        }
        Way way = new Way(index, matching.slots().clone(), generation, limit);
        index.visit(asked.isDescending(), from, way);
        return way.first();
    }

    /// The way through the values of an index until enough points are met.
    ///
    /// The index may change meanwhile, so that it tells of a point twice or never. Such points are marked by then:
    /// they are asked themselves, and the way goes on until there are enough without them.
    private final class Way implements RangeIndex.Visitor {
        private final RangeIndex index;

        /// What is believed of the index.
        private final long[] slots;

        private final Generation generation;
        private final int limit;
        private final List<StoredPoint> moving = new ArrayList<>();
        private final List<Ranked> places = new ArrayList<>();
        private long last;
        private boolean isEnough;

        Way(RangeIndex index, long[] slots, Generation generation, int limit) {
            this.index = index;
            this.slots = slots;
            this.generation = generation;
            this.limit = limit;
        }

        @Override
        public boolean visit(long value, int slot) {
            if (places.size() >= limit && value != last) {
                leaveOutMoving();
                isEnough = places.size() >= limit;
                if (isEnough) {
                    return false;
                }
            }
            last = value;
            StoredPoint point = isBelieved(slot) ? generation.at(slot) : null;
            if (point != null) {
                places.add(new Ranked(point, 0, (Number) index.value(value)));
            }
            return true;
        }

        private boolean isBelieved(int slot) {
            return slot >>> 6 < slots.length && ((slots[slot >>> 6] >>> slot) & 1) != 0;
        }

        private void leaveOutMoving() {
            moving.addAll(generation.takeUnsettled(slots));
            places.removeIf(place -> !isBelieved(place.point().slot()));
        }

        List<Ranked> first() {
            if (!isEnough) {
                leaveOutMoving();
            }
            places.addAll(Ordering.this.first(moving, limit));
            places.sort(order);
            return places.size() > limit ? places.subList(0, limit) : places;
        }
    }

    /// The first `limit` places; a point with several values has several, but one for each.
    List<Ranked> first(Iterable<StoredPoint> points, int limit) {
        PriorityQueue<Ranked> first = new PriorityQueue<>(order.reversed());
        Set<Number> seen = new HashSet<>();
        for (StoredPoint point : points) {
            seen.clear();
            Values.atElements(point.payload(), asked.key(), value -> {
                Number number = reading.of(value);
                if (number != null && isReached(number) && seen.add(number)) {
                    first.add(new Ranked(point, 0, number));
                    if (first.size() > limit) {
                        first.remove();
                    }
                }
            });
        }
        List<Ranked> sorted = new ArrayList<>(first);
        sorted.sort(order);
        return sorted;
    }

    private boolean isReached(Number value) {
        Number from = start;
        if (from == null) {
            return true;
        }
        int compared = compare(value, from);
        return asked.isDescending() ? compared <= 0 : compared >= 0;
    }

    private static @Nullable Number start(@Nullable Object from) {
        return switch (from) {
            case null -> null;
            case Number number -> number;
            case String text -> {
                Number micros = micros(text);
                if (micros == null) {
                    throw Refusals.badRequest("start_from \"" + text + "\" is no date and time");
                }
                yield micros;
            }
            default -> throw new IllegalStateException("an order starts from a number or a date");
        };
    }

    private static Number value(Ranked ranked) {
        Number value = ranked.orderValue();
        if (value == null) {
            throw new IllegalStateException("a place without a value");
        }
        return value;
    }

    private static int compare(Number a, Number b) {
        if (a instanceof Long first && b instanceof Long second) {
            return Long.compare(first, second);
        }
        if (a instanceof Double first && b instanceof Double second) {
            return Double.compare(first, second);
        }
        return new BigDecimal(a.toString()).compareTo(new BigDecimal(b.toString()));
    }

    private static Reading reading(KeyPath key, CollectionConfig config) {
        for (Map.Entry<String, @Nullable Object> entry : config.payloadSchema().entrySet()) {
            if (KeyPath.parse(entry.getKey()).equals(key)) {
                Object schema = entry.getValue();
                Map<?, ?> options = schema instanceof Map<?, ?> map ? map : Map.of();
                String kind = String.valueOf(schema instanceof Map<?, ?> ? options.get("type") : schema);
                switch (kind) {
                    case "integer" -> {
                        if (!Boolean.FALSE.equals(options.get("range"))) {
                            return value -> value instanceof Long number ? number : null;
                        }
                    }
                    case "float" -> {
                        return value -> value instanceof Number number ? (Number) number.doubleValue() : null;
                    }
                    case "datetime" -> {
                        return Ordering::micros;
                    }
                    default -> {}
                }
            }
        }
        throw Refusals.badRequest("No range index for `order_by` key: `" + key.text()
                + "`. Please create one to use `order_by`. Check"
                + " https://qdrant.tech/documentation/concepts/indexing/#payload-index to see which payload schemas"
                + " support Range conditions");
    }

    private static @Nullable Number micros(@Nullable Object value) {
        if (!(value instanceof String text)) {
            return null;
        }
        OptionalLong micros = Timestamps.micros(text);
        return micros.isPresent() ? micros.getAsLong() : null;
    }
}
