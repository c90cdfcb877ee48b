package dev.pagoda.vectors.api;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One demand on a point. Where a path leads to several values, one that meets the demand is enough.
public sealed interface Condition {

    /// The value at a path fits `match`.
    record Matches(KeyPath key, Match match) implements Condition {}

    /// A number at a path lies within the bounds; an absent bound is open.
    record NumberWithin(
            KeyPath key,
            @Nullable Double above,
            @Nullable Double atLeast,
            @Nullable Double below,
            @Nullable Double atMost)
            implements Condition {}

    /// A date and time at a path lies within the bounds, in microseconds since 1970 in UTC.
    record TimeWithin(
            KeyPath key,
            @Nullable Long above,
            @Nullable Long atLeast,
            @Nullable Long below,
            @Nullable Long atMost) implements Condition {}

    /// The number of values at a path: the length of a list, 1 for anything else, 0 if there is none.
    record ValuesCount(
            KeyPath key,
            @Nullable Long above,
            @Nullable Long atLeast,
            @Nullable Long below,
            @Nullable Long atMost) implements Condition {}

    /// The value is missing, null or an empty list.
    record IsEmpty(KeyPath key) implements Condition {}

    /// The value is there and null, or a list that holds null.
    record IsNull(KeyPath key) implements Condition {}

    /// The point is one of these.
    record HasId(Set<PointId> ids) implements Condition {
        public HasId {
            ids = Set.copyOf(ids);
        }
    }

    /// The point has a vector in this field.
    record HasVector(String name) implements Condition {}

    /// A place at a path (`{"lon","lat"}`) lies in an area.
    record WithinArea(KeyPath key, GeoArea area) implements Condition {}

    /// The point belongs to one of `total` parts of about the same size, into which its id alone puts it.
    ///
    /// @param index from 0, below `total`
    /// @param total at least 1
    record Slice(long index, long total) implements Condition {
        public Slice {
            if (total < 1) {
                throw new IllegalArgumentException("total " + total + " is below 1");
            }
            if (index < 0 || index >= total) {
                throw new IllegalArgumentException("index " + index + " is not from 0 to " + (total - 1));
            }
        }
    }

    /// A single element of the list at `key` meets the whole filter; its paths start at the element.
    ///
    /// @param key of the list; a `[]` at its end means the same and is left out
    record Nested(KeyPath key, Filter filter) implements Condition {
        public Nested {
            List<KeyPath.Step> steps = key.steps();
            if (steps.getLast() instanceof KeyPath.Step.Each) {
                key = new KeyPath(steps.subList(0, steps.size() - 1));
            }
            if (asksForPoint(filter)) {
                throw new IllegalArgumentException("has_id, has_vector and slice are not allowed inside nested");
            }
        }

        private static boolean asksForPoint(Filter filter) {
            return filter.conditions().anyMatch(c -> switch (c) {
                case HasId _, HasVector _, Slice _ -> true;
                case Sub(Filter inner) -> asksForPoint(inner);
                case Matches _,
                        NumberWithin _,
                        TimeWithin _,
                        ValuesCount _,
                        WithinArea _,
                        IsEmpty _,
                        IsNull _,
                        Nested _ -> false;
            });
        }
    }

    /// A filter as a condition.
    record Sub(Filter filter) implements Condition {}

    /// What a value is compared with. Types do not convert: `1` is not `"1"`, nor `1.0`.
    sealed interface Match {
        /// Equal to a text, an integer or a boolean.
        record Value(Object value) implements Match {
            public Value {
                requireScalar(value);
            }
        }

        /// Equal to one of these.
        record AnyOf(Set<Object> values) implements Match {
            public AnyOf {
                values = Set.copyOf(values);
                values.forEach(Match::requireScalar);
            }
        }

        /// A value that is none of these.
        record NoneOf(Set<Object> values) implements Match {
            public NoneOf {
                values = Set.copyOf(values);
                values.forEach(Match::requireScalar);
            }
        }

        /// Every word occurs if the key has a text index; the text occurs as it is if not.
        record Text(String text) implements Match {}

        /// At least one word occurs: of the index, or apart by spaces if there is none.
        record TextAny(String text) implements Match {}

        /// The words occur one after another if the key has a text index; the text as it is if not.
        record Phrase(String text) implements Match {}

        /// Begins with this text, case and all.
        record Prefix(String text) implements Match {}

        private static void requireScalar(Object value) {
            Objects.requireNonNull(value, "value");
            if (!(value instanceof String || value instanceof Long || value instanceof Boolean)) {
                throw new IllegalArgumentException(
                        "match value " + value + " is neither text nor an integer (Long) nor a boolean");
            }
        }
    }

    /// The text, integer or boolean at `key` equals `value`.
    static Condition equal(String key, Object value) {
        return new Matches(KeyPath.parse(key), new Match.Value(value instanceof Integer n ? n.longValue() : value));
    }

    /// The text at `key` is one of `values`.
    static Condition oneOf(String key, List<String> values) {
        return new Matches(KeyPath.parse(key), new Match.AnyOf(Set.copyOf(values)));
    }
}
