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
        long[] slots = matching.slots().clone();
        int count = matching.count();
        RangeIndex index =
                generation.indexes().field(asked.key()).orElse(null) instanceof RangeIndex range ? range : null;
        // few points are sorted sooner than met on the way through all values
        if (index == null || (long) count * count <= (long) limit * generation.living()) {
            return first(points(slots, generation), limit);
        }
        Long from = null;
        Object start = asked.startFrom();
        if (start != null) {
            from = index.sortable(start, asked.isDescending()).orElse(null);
            if (from == null) {
                return first(points(slots, generation), limit);
            }
        }
        List<StoredPoint> moving = new ArrayList<>();
        // what an index tells of these is worth nothing
        generation.unsettled().forEach(slot -> {
            if (slot >>> 6 < slots.length && ((slots[slot >>> 6] >>> slot) & 1) != 0) {
                slots[slot >>> 6] &= ~(1L << slot);
                StoredPoint point = generation.at(slot);
                if (point != null) {
                    moving.add(point);
                }
            }
        });
        List<Ranked> places = new ArrayList<>();
        long[] last = {0};
        index.visit(asked.isDescending(), from, (value, slot) -> {
            if (places.size() >= limit && value != last[0]) {
                return false;
            }
            last[0] = value;
            StoredPoint point =
                    slot >>> 6 < slots.length && ((slots[slot >>> 6] >>> slot) & 1) != 0 ? generation.at(slot) : null;
            if (point != null) {
                places.add(new Ranked(point, 0, (Number) index.value(value)));
            }
            return true;
        });
        places.addAll(first(moving, limit));
        places.sort(order);
        return places.size() > limit ? places.subList(0, limit) : places;
    }

    private static List<StoredPoint> points(long[] slots, Generation generation) {
        List<StoredPoint> points = new ArrayList<>();
        for (int word = 0; word < slots.length; word++) {
            for (long bits = slots[word]; bits != 0; bits &= bits - 1) {
                StoredPoint point = generation.at((word << 6) + Long.numberOfTrailingZeros(bits));
                if (point != null) {
                    points.add(point);
                }
            }
        }
        return points;
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
