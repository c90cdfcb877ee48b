package dev.pagoda.vectors.qdrant;

import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.Condition.Match;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.GeoArea;
import dev.pagoda.vectors.api.GeoPoint;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.filter.Timestamps;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads filters. What is not known is refused, never ignored.
final class Conditions {
    private static final Set<String> CLAUSES = Set.of("must", "should", "must_not", "min_should");
    private static final Set<String> FIELD_TESTS = Set.of(
            "key",
            "match",
            "range",
            "geo_radius",
            "geo_bounding_box",
            "geo_polygon",
            "values_count",
            "is_empty",
            "is_null");

    private static final long MAX_SLICE = 0xffffffffL;

    private Conditions() {}

    /// @param value what stands for `filter`; null matches everything
    static Filter filter(@Nullable Object value) {
        if (value == null) {
            return Filter.EVERYTHING;
        }
        Map<?, ?> map = object(value, "a filter");
        for (Object key : map.keySet()) {
            if (!CLAUSES.contains(key)) {
                throw Faults.format(
                        "unknown field `" + key + "`, expected one of `should`, `min_should`, `must`, `must_not`");
            }
        }
        Filter.MinShould minShould = null;
        if (map.get("min_should") != null) {
            Map<?, ?> clause = object(map.get("min_should"), "min_should");
            long count = wholeNumber(clause.get("min_count"), "min_count");
            list(clause.get("conditions"), "min_should.conditions");
            if (count < 1 || count > Integer.MAX_VALUE) {
                throw Faults.validation("filter.min_should.min_count", count, "must be 1 or larger");
            }
            minShould = new Filter.MinShould(conditions(clause.get("conditions")), (int) count);
        }
        return new Filter(
                conditions(map.get("must")), conditions(map.get("should")), conditions(map.get("must_not")), minShould);
    }

    private static List<Condition> conditions(@Nullable Object value) {
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof List<?> list)) {
            return List.of(condition(value));
        }
        List<Condition> conditions = new ArrayList<>(list.size());
        for (Object each : list) {
            conditions.add(condition(each));
        }
        return conditions;
    }

    static Condition condition(@Nullable Object value) {
        Map<?, ?> map = object(value, "a condition");
        if (map.containsKey("key")) {
            return field(map);
        }
        if (CLAUSES.containsAll(map.keySet())) {
            return new Condition.Sub(filter(map));
        }
        if (map.size() != 1) {
            throw unknown(map);
        }
        Map.Entry<?, ?> only = map.entrySet().iterator().next();
        Object body = only.getValue();
        return switch (String.valueOf(only.getKey())) {
            case "is_empty" ->
                new Condition.IsEmpty(key(object(body, "is_empty").get("key")));
            case "is_null" -> new Condition.IsNull(key(object(body, "is_null").get("key")));
            case "has_id" -> new Condition.HasId(ids(body));
            case "has_vector" -> new Condition.HasVector(text(body, "has_vector"));
            case "nested" -> {
                Map<?, ?> nested = object(body, "nested");
                if (nested.get("filter") == null) {
                    throw Faults.format("missing field `filter` of nested");
                }
                yield nested(key(nested.get("key")), filter(nested.get("filter")));
            }
            case "slice" -> slice(object(body, "slice"));
            default -> throw unknown(map);
        };
    }

    private static Condition nested(KeyPath key, Filter filter) {
        try {
            return new Condition.Nested(key, filter);
        } catch (IllegalArgumentException refused) {
            throw Faults.format(String.valueOf(refused.getMessage()));
        }
    }

    private static Condition field(Map<?, ?> map) {
        KeyPath key = key(map.get("key"));
        List<Condition> tests = new ArrayList<>();
        map.forEach((name, body) -> {
            if (!FIELD_TESTS.contains(name)) {
                throw unknown(map);
            }
            if (body == null || name.equals("key")) {
                return;
            }
            switch (String.valueOf(name)) {
                case "match" -> tests.add(new Condition.Matches(key, match(object(body, "match"))));
                case "range" -> tests.add(range(key, object(body, "range")));
                case "geo_radius" -> tests.add(new Condition.WithinArea(key, circle(object(body, "geo_radius"))));
                case "geo_bounding_box" ->
                    tests.add(new Condition.WithinArea(key, box(object(body, "geo_bounding_box"))));
                case "geo_polygon" -> tests.add(new Condition.WithinArea(key, polygon(object(body, "geo_polygon"))));
                case "values_count" -> tests.add(valuesCount(key, object(body, "values_count")));
                case "is_empty" -> tests.add(holdsOrNot(new Condition.IsEmpty(key), body));
                default -> tests.add(holdsOrNot(new Condition.IsNull(key), body));
            }
        });
        if (tests.isEmpty()) {
            throw Faults.validation(
                    "filter: At least one field condition must be specified for `" + map.get("key") + "`");
        }
        return tests.size() == 1 ? tests.getFirst() : new Condition.Sub(new Filter(tests, List.of(), List.of(), null));
    }

    private static Condition holdsOrNot(Condition condition, Object flag) {
        if (!(flag instanceof Boolean holds)) {
            throw Faults.format("expected a boolean, got " + flag);
        }
        return holds ? condition : new Condition.Sub(Filter.none(condition));
    }

    private static Match match(Map<?, ?> map) {
        if (map.size() != 1) {
            throw Faults.format(
                    "a match has one of `value`, `any`, `except`, `text`, `text_any`, `phrase`, `prefix`, got "
                            + map.keySet());
        }
        Map.Entry<?, ?> only = map.entrySet().iterator().next();
        Object body = only.getValue();
        return switch (String.valueOf(only.getKey())) {
            case "value" -> {
                if (body instanceof String || body instanceof Long || body instanceof Boolean) {
                    yield new Match.Value(body);
                }
                throw Faults.format("match value must be a string, an integer or a boolean, got " + body);
            }
            case "any" -> new Match.AnyOf(variants(body));
            case "except" -> new Match.NoneOf(variants(body));
            case "text" -> new Match.Text(text(body, "text"));
            case "text_any" -> new Match.TextAny(text(body, "text_any"));
            case "prefix" -> new Match.Prefix(text(body, "prefix"));
            case "phrase" -> new Match.Phrase(text(body, "phrase"));
            default -> throw Faults.format("unknown match `" + only.getKey() + "`");
        };
    }

    private static Set<Object> variants(@Nullable Object value) {
        if (!(value instanceof List<?> list)) {
            throw Faults.format("expected an array of strings or integers, got " + value);
        }
        boolean texts = list.stream().allMatch(String.class::isInstance);
        boolean numbers = list.stream().allMatch(Long.class::isInstance);
        if (!texts && !numbers) {
            throw Faults.format("expected an array of strings or of integers, got " + value);
        }
        return new HashSet<>(list);
    }

    private static Condition slice(Map<?, ?> map) {
        long total = wholeNumber(map.get("total"), "slice.total");
        long index = wholeNumber(map.get("index"), "slice.index");
        if (total < 1 || total > MAX_SLICE || index > MAX_SLICE) {
            throw Faults.format("slice.total " + total + " is not from 1 to " + MAX_SLICE);
        }
        if (index >= total) {
            throw Faults.validation("filter.slice.index", index, "must be from 0 to " + (total - 1));
        }
        return new Condition.Slice(index, total);
    }

    private static GeoArea circle(Map<?, ?> map) {
        double radius = fraction(map.get("radius"), "radius");
        if (radius < 0) {
            throw Faults.validation("filter.geo_radius.radius", radius, "must be 0 or larger");
        }
        return new GeoArea.Circle(place(map.get("center"), "center"), radius);
    }

    private static GeoArea box(Map<?, ?> map) {
        return new GeoArea.Box(place(map.get("top_left"), "top_left"), place(map.get("bottom_right"), "bottom_right"));
    }

    private static GeoArea polygon(Map<?, ?> map) {
        List<List<GeoPoint>> interiors = new ArrayList<>();
        if (map.get("interiors") != null) {
            for (Object ring : list(map.get("interiors"), "interiors")) {
                interiors.add(ring(ring));
            }
        }
        List<GeoPoint> exterior = ring(map.get("exterior"));
        try {
            return new GeoArea.Polygon(exterior, interiors);
        } catch (IllegalArgumentException refused) {
            throw Faults.validation("filter.geo_polygon", "{...}", String.valueOf(refused.getMessage()));
        }
    }

    private static List<GeoPoint> ring(@Nullable Object value) {
        List<GeoPoint> points = new ArrayList<>();
        for (Object each : list(object(value, "a ring").get("points"), "points")) {
            points.add(place(each, "points"));
        }
        return points;
    }

    static GeoPoint place(@Nullable Object value, String what) {
        Map<?, ?> map = object(value, what);
        try {
            return new GeoPoint(fraction(map.get("lon"), "lon"), fraction(map.get("lat"), "lat"));
        } catch (IllegalArgumentException refused) {
            throw Faults.format("Wrong geo point: " + refused.getMessage());
        }
    }

    private static double fraction(@Nullable Object value, String what) {
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        throw Faults.format("expected a number for " + what + ", got " + value);
    }

    private static List<?> list(@Nullable Object value, String what) {
        if (value instanceof List<?> list) {
            return list;
        }
        throw Faults.format("expected an array for " + what + ", got " + value);
    }

    private static Condition range(KeyPath key, Map<?, ?> map) {
        requireBounds(map);
        boolean dates = map.values().stream().anyMatch(String.class::isInstance);
        if (dates) {
            return new Condition.TimeWithin(key, date(map, "gt"), date(map, "gte"), date(map, "lt"), date(map, "lte"));
        }
        return new Condition.NumberWithin(
                key, number(map, "gt"), number(map, "gte"), number(map, "lt"), number(map, "lte"));
    }

    private static Condition valuesCount(KeyPath key, Map<?, ?> map) {
        requireBounds(map);
        return new Condition.ValuesCount(key, count(map, "gt"), count(map, "gte"), count(map, "lt"), count(map, "lte"));
    }

    private static void requireBounds(Map<?, ?> map) {
        if (!Set.of("gt", "gte", "lt", "lte").containsAll(map.keySet())) {
            throw Faults.format("a range has `gt`, `gte`, `lt`, `lte`, got " + map.keySet());
        }
    }

    private static @Nullable Long date(Map<?, ?> map, String bound) {
        Object value = map.get(bound);
        if (value == null) {
            return null;
        }
        OptionalLong micros = value instanceof String text ? Timestamps.micros(text) : OptionalLong.empty();
        return micros.orElseThrow(() -> Faults.format("`" + value + "` is not a date and time of RFC 3339"));
    }

    private static @Nullable Double number(Map<?, ?> map, String bound) {
        return switch (map.get(bound)) {
            case null -> null;
            case Number number -> new BigDecimal(number.toString()).doubleValue();
            case Object other -> throw Faults.format("range bound " + other + " is neither a number nor a date");
        };
    }

    private static @Nullable Long count(Map<?, ?> map, String bound) {
        Object value = map.get(bound);
        return value == null ? null : (Long) wholeNumber(value, bound);
    }

    private static Set<PointId> ids(@Nullable Object value) {
        if (!(value instanceof List<?> list)) {
            throw Faults.format("has_id takes an array of ids, got " + value);
        }
        Set<PointId> ids = new HashSet<>();
        for (Object each : list) {
            ids.add(id(each));
        }
        return ids;
    }

    private static PointId id(@Nullable Object value) {
        if (value instanceof Long number && number >= 0) {
            return PointId.of(number);
        }
        if (value instanceof BigInteger large && large.signum() > 0 && large.bitLength() <= Long.SIZE) {
            return PointId.of(large.longValue());
        }
        if (value instanceof String text) {
            try {
                return PointId.ofUuid(text);
            } catch (IllegalArgumentException refused) {
                throw Faults.format("value " + text + " is not a valid point ID");
            }
        }
        throw Faults.format("value " + value + " is not a valid point ID");
    }

    private static KeyPath key(@Nullable Object value) {
        return path(text(value, "key"));
    }

    static KeyPath path(String text) {
        try {
            return KeyPath.parse(text);
        } catch (IllegalArgumentException refused) {
            throw Faults.format(String.valueOf(refused.getMessage()));
        }
    }

    private static String text(@Nullable Object value, String what) {
        if (value instanceof String text) {
            return text;
        }
        throw Faults.format("expected a string for " + what + ", got " + value);
    }

    private static long wholeNumber(@Nullable Object value, String what) {
        if (value instanceof Long number && number >= 0) {
            return number;
        }
        throw Faults.format("expected a whole number for " + what + ", got " + value);
    }

    private static Map<?, ?> object(@Nullable Object value, String what) {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw Faults.format("expected an object for " + what + ", got " + value);
    }

    private static RuntimeException unknown(Map<?, ?> map) {
        return Faults.format("data did not match any variant of untagged enum Condition: " + map.keySet());
    }
}
