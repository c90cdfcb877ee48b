package dev.pagoda.vectors.filter;

import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.Condition.Match;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.GeoArea;
import dev.pagoda.vectors.api.GeoPoint;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.Payloads;
import dev.pagoda.vectors.api.PointId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Random payloads of every kind of value, and random filters over them that often meet some.
public final class FilterSamples {
    /// The keys with an index, and what kind; `extra` has none.
    public static final Map<String, Object> SCHEMA = Map.of(
            "word",
            "keyword",
            "url",
            Map.of("type", "keyword", "prefix", true),
            "name",
            "uuid",
            "count",
            "integer",
            "price",
            "float",
            "when",
            "datetime",
            "sold",
            "bool",
            "place",
            "geo",
            "text",
            Map.of("type", "text", "phrase_matching", true),
            "parts[].word",
            "keyword");

    private static final List<String> KEYS =
            List.of("word", "url", "name", "count", "price", "when", "sold", "place", "text", "parts[].word", "extra");
    private static final List<String> WORDS = List.of("red", "green", "blue", "light red", "Red", "");
    private static final List<String> UUIDS =
            List.of("a64a8051-3ee7-4881-8bc6-691d25c70d54", "7CB46FB3E348476293AD7FB983D2B85E", "no uuid");
    private static final List<String> DATES = List.of("2024-01-01", "2024-01-01T00:00:00Z", "2024-06-01 12:30", "soon");

    private final Random random;

    public FilterSamples(Random random) {
        this.random = random;
    }

    private <T> T one(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    public Map<String, @Nullable Object> payload() {
        Map<String, @Nullable Object> payload = new HashMap<>();
        for (String key : KEYS) {
            if (!key.startsWith("parts") && random.nextInt(4) > 0) {
                payload.put(key, value(key));
            }
        }
        if (random.nextBoolean()) {
            List<Object> parts = new ArrayList<>();
            for (int i = random.nextInt(3); i >= 0; i--) {
                Map<String, @Nullable Object> part = new HashMap<>();
                part.put("word", value("word"));
                part.put("count", (long) random.nextInt(4));
                parts.add(part);
            }
            payload.put("parts", parts);
        }
        return Payloads.freeze(payload);
    }

    private @Nullable Object value(String key) {
        return switch (random.nextInt(12)) {
            case 0 -> null;
            case 1 -> List.of();
            case 2 -> scalar(one(KEYS));
            case 3, 4 -> {
                List<@Nullable Object> list = new ArrayList<>();
                for (int i = random.nextInt(3); i >= 0; i--) {
                    list.add(random.nextInt(8) == 0 ? null : scalar(key));
                }
                yield list;
            }
            default -> scalar(key);
        };
    }

    private Object scalar(String key) {
        return switch (key) {
            case "name" -> one(UUIDS);
            case "count" ->
                random.nextInt(6) == 0 ? Math.pow(2, 53) + random.nextInt(4) : (Object) (long) random.nextInt(20);
            case "price" ->
                random.nextInt(3) == 0 ? (Object) (long) random.nextInt(5) : (Object) (random.nextInt(50) / 8.0 - 1);
            case "when" -> one(DATES);
            case "sold" -> random.nextBoolean();
            case "place" ->
                Map.of(
                        "lon",
                        random.nextInt(3) == 0 ? 179.9 : random.nextInt(40) / 10.0,
                        "lat",
                        random.nextInt(40) / 10.0);
            case "text" -> one(WORDS) + ", " + one(WORDS) + " " + one(WORDS);
            default -> one(WORDS);
        };
    }

    public Filter filter(int depth) {
        Filter.MinShould minShould =
                random.nextInt(6) == 0 ? new Filter.MinShould(conditions(3, depth), 1 + random.nextInt(2)) : null;
        return new Filter(
                conditions(2, depth),
                random.nextInt(3) == 0 ? conditions(2, depth) : List.of(),
                random.nextInt(3) == 0 ? conditions(1, depth) : List.of(),
                minShould);
    }

    private List<Condition> conditions(int most, int depth) {
        List<Condition> conditions = new ArrayList<>();
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            conditions.add(condition(depth));
        }
        return conditions;
    }

    private Condition condition(int depth) {
        int kind = random.nextInt(depth > 0 ? 16 : 14);
        if (kind == 14) {
            return new Condition.Sub(filter(depth - 1));
        }
        if (kind == 15) {
            return new Condition.Nested(
                    KeyPath.parse("parts"),
                    Filter.all(
                            Condition.equal("word", one(WORDS)), Condition.equal("count", (long) random.nextInt(4))));
        }
        if (kind == 13) {
            Set<PointId> ids = new HashSet<>();
            for (int i = random.nextInt(20); i >= 0; i--) {
                ids.add(PointId.of(random.nextInt(400)));
            }
            return new Condition.HasId(ids);
        }
        if (kind == 12) {
            return new Condition.Slice(random.nextInt(3), 3);
        }
        return onKey(KeyPath.parse(one(KEYS)), kind);
    }

    private Condition onKey(KeyPath key, int kind) {
        String of = key.steps().getFirst() instanceof KeyPath.Step.Key(String name) ? name : "";
        return switch (kind) {
            case 0 -> new Condition.IsEmpty(key);
            case 1 -> new Condition.IsNull(key);
            case 2 -> new Condition.ValuesCount(key, null, (long) random.nextInt(3), null, 2L);
            case 3 -> new Condition.NumberWithin(key, bound(), null, null, bound());
            case 4 -> new Condition.NumberWithin(key, null, bound(), bound(), null);
            case 5 -> {
                long day = Timestamps.micros(one(DATES.subList(0, 3))).orElseThrow();
                yield random.nextBoolean()
                        ? new Condition.TimeWithin(key, day, null, null, null)
                        : new Condition.TimeWithin(key, null, null, null, day);
            }
            case 6 -> new Condition.WithinArea(key, area());
            case 7 -> new Condition.Matches(key, new Match.AnyOf(values(of)));
            case 8 -> new Condition.Matches(key, new Match.NoneOf(values(of)));
            case 9 -> new Condition.Matches(key, text());
            default -> new Condition.Matches(key, new Match.Value(matchable(of)));
        };
    }

    private Set<Object> values(String of) {
        Set<Object> values = new HashSet<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            values.add(matchable(of));
        }
        return values;
    }

    private Object matchable(String of) {
        Object value = random.nextInt(6) == 0 ? scalar(one(KEYS)) : scalar(of);
        return value instanceof Double || value instanceof Map ? 3L : value;
    }

    private Match text() {
        String text = one(WORDS);
        return switch (random.nextInt(4)) {
            case 0 -> new Match.Text(text);
            case 1 -> new Match.TextAny(text + " " + one(WORDS));
            case 2 -> new Match.Phrase(text);
            default -> new Match.Prefix(text.substring(0, text.length() / 2));
        };
    }

    private @Nullable Double bound() {
        return switch (random.nextInt(8)) {
            case 0 -> null;
            case 1 -> 0x1p53 + random.nextInt(3);
            case 2 -> -0.0;
            default -> random.nextInt(40) / 4.0 - 1;
        };
    }

    private GeoArea area() {
        GeoPoint center = new GeoPoint(random.nextInt(4) == 0 ? 179.95 : random.nextInt(4), random.nextInt(4));
        return switch (random.nextInt(3)) {
            case 0 -> new GeoArea.Circle(center, random.nextInt(4) * 60_000.0);
            case 1 -> new GeoArea.Box(new GeoPoint(179, 4), new GeoPoint(random.nextInt(4) - 2, 0));
            default ->
                new GeoArea.Polygon(
                        List.of(
                                new GeoPoint(0, 0),
                                new GeoPoint(3.3, 0.1),
                                new GeoPoint(random.nextInt(4), 3.9),
                                new GeoPoint(0, 0)),
                        List.of());
        };
    }
}
