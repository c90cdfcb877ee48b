package dev.pagoda.vectors.filter;

import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.Condition.Match;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.PointId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A filter made ready to be asked of many points: key paths, word lists and sets are prepared once.
///
/// Safe from any thread. Semantics after Qdrant 1.19 (https://qdrant.tech/documentation/concepts/filtering/).
public final class PointFilter {
    private final Predicate<Subject> test;
    private final boolean everything;

    /// @param filter   what to look for
    /// @param wordKeys keys with a text index, on which a text match asks for words instead of a part of the text
    public PointFilter(Filter filter, Predicate<KeyPath> wordKeys) {
        this.everything = filter.isEverything();
        this.test = compile(filter, wordKeys);
    }

    public boolean matches(Subject point) {
        return everything || test.test(point);
    }

    /// Whether every point matches.
    public boolean isEverything() {
        return everything;
    }

    private static Predicate<Subject> compile(Filter filter, Predicate<KeyPath> wordKeys) {
        List<Predicate<Subject>> must = compileAll(filter.must(), wordKeys);
        List<Predicate<Subject>> should = compileAll(filter.should(), wordKeys);
        List<Predicate<Subject>> mustNot = compileAll(filter.mustNot(), wordKeys);
        Filter.MinShould minShould = filter.minShould();
        List<Predicate<Subject>> some = minShould == null ? List.of() : compileAll(minShould.conditions(), wordKeys);
        int least = minShould == null ? 0 : minShould.count();
        return point -> {
            for (Predicate<Subject> condition : must) {
                if (!condition.test(point)) {
                    return false;
                }
            }
            for (Predicate<Subject> condition : mustNot) {
                if (condition.test(point)) {
                    return false;
                }
            }
            return (should.isEmpty() || count(should, point, 1) == 1) && count(some, point, least) == least;
        };
    }

    /// How many hold, at most `enough`.
    private static int count(List<Predicate<Subject>> conditions, Subject point, int enough) {
        int holding = 0;
        for (Predicate<Subject> condition : conditions) {
            if (holding == enough) {
                break;
            }
            holding += condition.test(point) ? 1 : 0;
        }
        return holding;
    }

    private static List<Predicate<Subject>> compileAll(List<Condition> conditions, Predicate<KeyPath> wordKeys) {
        List<Predicate<Subject>> compiled = new ArrayList<>(conditions.size());
        for (Condition condition : conditions) {
            compiled.add(compile(condition, wordKeys));
        }
        return compiled;
    }

    private static Predicate<Subject> compile(Condition condition, Predicate<KeyPath> wordKeys) {
        return switch (condition) {
            case Condition.Matches(KeyPath key, Match match) -> {
                Predicate<@Nullable Object> value = compile(match, wordKeys.test(key));
                yield point -> Paths.anyElement(point.payload(), key, value);
            }
            case Condition.NumberWithin range -> {
                double low = Math.max(
                        range.above() == null ? Double.NEGATIVE_INFINITY : Math.nextUp(range.above()),
                        range.atLeast() == null ? Double.NEGATIVE_INFINITY : range.atLeast());
                double high = Math.min(
                        range.below() == null ? Double.POSITIVE_INFINITY : Math.nextDown(range.below()),
                        range.atMost() == null ? Double.POSITIVE_INFINITY : range.atMost());
                yield point -> Paths.anyElement(
                        point.payload(),
                        range.key(),
                        value -> value instanceof Number number
                                && number.doubleValue() >= low
                                && number.doubleValue() <= high);
            }
            case Condition.TimeWithin range -> {
                Bounds bounds = new Bounds(range.above(), range.atLeast(), range.below(), range.atMost());
                yield point -> Paths.anyElement(
                        point.payload(),
                        range.key(),
                        value -> value instanceof String text
                                && Timestamps.micros(text).isPresent()
                                && bounds.hold(Timestamps.micros(text).getAsLong()));
            }
            case Condition.ValuesCount range -> {
                Bounds bounds = new Bounds(range.above(), range.atLeast(), range.below(), range.atMost());
                yield point -> valuesCountHolds(point.payload(), range.key(), bounds);
            }
            case Condition.IsEmpty(KeyPath key) ->
                point -> !Paths.anyValue(
                        point.payload(),
                        key,
                        value -> value != null && !(value instanceof List<?> list && list.isEmpty()));
            case Condition.IsNull(KeyPath key) ->
                point -> Paths.anyValue(
                        point.payload(),
                        key,
                        value -> value == null || (value instanceof List<?> list && holdsNull(list)));
            case Condition.HasId(var ids) -> point -> ids.contains(point.id());
            case Condition.HasVector(String name) -> point -> point.hasVector(name);
            case Condition.Nested(KeyPath key, Filter filter) -> {
                Predicate<Subject> inner = compile(filter, wordKeys);
                yield point -> Paths.anyValue(
                        point.payload(), key, value -> value instanceof List<?> list && anyHolds(list, point, inner));
            }
            case Condition.Sub(Filter filter) -> compile(filter, wordKeys);
        };
    }

    private static Predicate<@Nullable Object> compile(Match match, boolean byWords) {
        return switch (match) {
            case Match.Value(Object wanted) -> wanted::equals;
            case Match.AnyOf(Set<Object> wanted) -> value -> value != null && wanted.contains(value);
            case Match.NoneOf(Set<Object> unwanted) -> value -> value != null && !unwanted.contains(value);
            case Match.Text(String text) -> {
                if (!byWords) {
                    yield value -> value instanceof String present && present.contains(text);
                }
                Set<String> words = Set.copyOf(Words.of(text));
                yield value -> value instanceof String present
                        && !words.isEmpty()
                        && new HashSet<>(Words.of(present)).containsAll(words);
            }
            case Match.TextAny(String text) -> {
                Set<String> words = Set.copyOf(Words.of(text));
                yield value -> value instanceof String present
                        && Words.of(present).stream().anyMatch(words::contains);
            }
            case Match.Prefix(String prefix) -> value -> value instanceof String present && present.startsWith(prefix);
        };
    }

    private static boolean valuesCountHolds(Map<?, ?> payload, KeyPath key, Bounds bounds) {
        if (Paths.anyValue(payload, key, value -> bounds.hold(countOf(value)))) {
            return true;
        }
        return bounds.hold(0) && !Paths.anyValue(payload, key, value -> true);
    }

    private static long countOf(@Nullable Object value) {
        return switch (value) {
            case null -> 0;
            case List<?> list -> list.size();
            default -> 1;
        };
    }

    private static boolean holdsNull(List<?> list) {
        for (Object element : list) {
            if (element == null) {
                return true;
            }
        }
        return false;
    }

    private static boolean anyHolds(List<?> list, Subject point, Predicate<Subject> inner) {
        for (Object element : list) {
            if (element instanceof Map<?, ?> map && inner.test(new Element(point, asPayload(map)))) {
                return true;
            }
        }
        return false;
    }

    @SuppressWarnings("unchecked") // payloads are frozen: every map in them has text keys
    private static Map<String, @Nullable Object> asPayload(Map<?, ?> map) {
        return (Map<String, @Nullable Object>) map;
    }

    /// Bounds of a whole number.
    private record Bounds(
            @Nullable Long above,
            @Nullable Long atLeast,
            @Nullable Long below,
            @Nullable Long atMost) {
        boolean hold(long value) {
            return (above == null || value > above)
                    && (atLeast == null || value >= atLeast)
                    && (below == null || value < below)
                    && (atMost == null || value <= atMost);
        }
    }

    /// An element of a list in the place of the point.
    private record Element(Subject point, Map<String, @Nullable Object> payload) implements Subject {
        @Override
        public PointId id() {
            return point.id();
        }

        @Override
        public boolean hasVector(String field) {
            return point.hasVector(field);
        }
    }
}
