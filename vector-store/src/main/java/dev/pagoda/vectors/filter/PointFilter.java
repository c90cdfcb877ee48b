package dev.pagoda.vectors.filter;

import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.Condition.Match;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.GeoArea;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.PointId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A filter made ready to be asked of many points: key paths, word lists and sets are prepared once.
///
/// Safe from any thread. Semantics after Qdrant 1.19
/// (https://qdrant.tech/documentation/concepts/filtering/).
public final class PointFilter {
    private final Predicate<Subject> test;
    private final boolean everything;

    /// @param filter     what to look for
    /// @param tokenizers of the keys that have a text index, on which a text match asks for words instead
    ///     of a part of
    ///     the text; null for other keys
    public PointFilter(Filter filter, Function<KeyPath, @Nullable Tokenizer> tokenizers) {
        this.everything = filter.isEverything();
        this.test = new Compiler(tokenizers).compile(filter);
    }

    public boolean matches(Subject point) {
        return everything || test.test(point);
    }

    /// Whether every point matches.
    public boolean isEverything() {
        return everything;
    }

    /// @param tokenizers by paths as they are written here, relative inside nested conditions
    private record Compiler(Function<KeyPath, @Nullable Tokenizer> tokenizers) {

        Predicate<Subject> compile(Filter filter) {
            List<Predicate<Subject>> must = compileAll(filter.must());
            List<Predicate<Subject>> should = compileAll(filter.should());
            List<Predicate<Subject>> mustNot = compileAll(filter.mustNot());
            Filter.MinShould minShould = filter.minShould();
            List<Predicate<Subject>> some = minShould == null ? List.of() : compileAll(minShould.conditions());
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

        private List<Predicate<Subject>> compileAll(List<Condition> conditions) {
            List<Predicate<Subject>> compiled = new ArrayList<>(conditions.size());
            for (Condition condition : conditions) {
                compiled.add(compile(condition));
            }
            return compiled;
        }

        private Predicate<Subject> compile(Condition condition) {
            return switch (condition) {
                case Condition.Matches(KeyPath key, Match match) -> matches(key, match);
                case Condition.NumberWithin range -> numberWithin(range);
                case Condition.TimeWithin range -> {
                    Bounds bounds = new Bounds(range.above(), range.atLeast(), range.below(), range.atMost());
                    yield anyElement(range.key(), value -> {
                        OptionalLong time =
                                value instanceof String text ? Timestamps.micros(text) : OptionalLong.empty();
                        return time.isPresent() && bounds.hold(time.getAsLong());
                    });
                }
                case Condition.ValuesCount range -> {
                    Bounds bounds = new Bounds(range.above(), range.atLeast(), range.below(), range.atMost());
                    yield point -> valuesCountHolds(point.payload(), range.key(), bounds);
                }
                case Condition.WithinArea(KeyPath key, GeoArea area) ->
                    anyElement(
                            key,
                            value -> Geo.point(value)
                                    .filter(place -> Geo.holds(area, place))
                                    .isPresent());
                case Condition.IsEmpty(KeyPath key) ->
                    point -> !Paths.anyValue(point.payload(), key, PointFilter::isFilled);
                case Condition.IsNull(KeyPath key) ->
                    point -> Paths.anyValue(point.payload(), key, PointFilter::isOrHoldsNull);
                case Condition.HasId(var ids) -> point -> ids.contains(point.id());
                case Condition.HasVector(String name) -> point -> point.hasVector(name);
                case Condition.Slice(long index, long total) ->
                    point -> Long.remainderUnsigned(SipHash.of(point.id()), total) == index;
                case Condition.Nested(KeyPath key, Filter filter) -> {
                    Predicate<Subject> inner = new Compiler(path -> tokenizers.apply(key.within(path))).compile(filter);
                    yield point -> Paths.anyValue(
                            point.payload(),
                            key,
                            value -> value instanceof List<?> list && anyHolds(list, point, inner));
                }
                case Condition.Sub(Filter filter) -> compile(filter);
            };
        }

        private Predicate<Subject> matches(KeyPath key, Match match) {
            Tokenizer words = tokenizers.apply(key);
            return switch (match) {
                case Match.Value(Object wanted) -> anyElement(key, wanted::equals);
                case Match.AnyOf(Set<Object> wanted) ->
                    anyElement(key, value -> value != null && wanted.contains(value));
                case Match.NoneOf(Set<Object> unwanted) ->
                    anyElement(key, value -> value != null && !unwanted.contains(value));
                case Match.Prefix(String prefix) ->
                    anyElement(key, value -> value instanceof String present && present.startsWith(prefix));
                case Match.Text(String text) -> words == null ? part(key, text) : allWords(key, words, text);
                case Match.Phrase(String text) -> words == null ? part(key, text) : phrase(key, words, text);
                case Match.TextAny(String text) -> {
                    if (words == null) {
                        List<String> parts = List.of(text.strip().split("\\s+"));
                        yield text.isBlank()
                                ? _ -> false
                                : anyElement(
                                        key,
                                        value -> value instanceof String present
                                                && parts.stream().anyMatch(present::contains));
                    }
                    Set<String> wanted = Set.copyOf(words.asked(text));
                    yield anyElement(
                            key,
                            value -> value instanceof String present
                                    && words.stored(present).stream().anyMatch(wanted::contains));
                }
            };
        }

        private static Predicate<Subject> part(KeyPath key, String text) {
            return anyElement(key, value -> value instanceof String present && present.contains(text));
        }

        /// The words of all texts at the key count together, as those of one document.
        private static Predicate<Subject> allWords(KeyPath key, Tokenizer words, String text) {
            Set<String> wanted = Set.copyOf(words.asked(text));
            if (wanted.isEmpty()) {
                return _ -> false;
            }
            return point -> {
                Set<String> missing = new HashSet<>(wanted);
                return Paths.anyElement(point.payload(), key, value -> {
                    if (value instanceof String present) {
                        words.stored(present).forEach(missing::remove);
                    }
                    return missing.isEmpty();
                });
            };
        }

        private static Predicate<Subject> phrase(KeyPath key, Tokenizer words, String text) {
            List<String> wanted = List.copyOf(words.asked(text));
            if (wanted.isEmpty()) {
                return _ -> false;
            }
            return anyElement(key, value -> {
                if (!(value instanceof String present)) {
                    return false;
                }
                List<String> stored = words.stored(present);
                for (int i = 0; i + wanted.size() <= stored.size(); i++) {
                    if (stored.subList(i, i + wanted.size()).equals(wanted)) {
                        return true;
                    }
                }
                return false;
            });
        }

        private static Predicate<Subject> numberWithin(Condition.NumberWithin range) {
            double low = low(range);
            double high = high(range);
            return anyElement(
                    range.key(),
                    value -> value instanceof Number number
                            && number.doubleValue() >= low
                            && number.doubleValue() <= high);
        }

        private static Predicate<Subject> anyElement(KeyPath key, Predicate<@Nullable Object> test) {
            return point -> Paths.anyElement(point.payload(), key, test);
        }
    }

    /// The least number within.
    static double low(Condition.NumberWithin range) {
        return Math.max(
                range.above() == null ? Double.NEGATIVE_INFINITY : Math.nextUp(range.above()),
                range.atLeast() == null ? Double.NEGATIVE_INFINITY : range.atLeast());
    }

    /// The greatest number within.
    static double high(Condition.NumberWithin range) {
        return Math.min(
                range.below() == null ? Double.POSITIVE_INFINITY : Math.nextDown(range.below()),
                range.atMost() == null ? Double.POSITIVE_INFINITY : range.atMost());
    }

    /// Whether a value is something: neither null nor an empty list.
    static boolean isFilled(@Nullable Object value) {
        return value != null && !(value instanceof List<?> list && list.isEmpty());
    }

    static boolean isOrHoldsNull(@Nullable Object value) {
        if (!(value instanceof List<?> list)) {
            return value == null;
        }
        for (Object element : list) {
            if (element == null) {
                return true;
            }
        }
        return false;
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
