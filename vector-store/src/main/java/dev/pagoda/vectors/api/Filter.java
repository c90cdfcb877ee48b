package dev.pagoda.vectors.api;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Which points count. All clauses hold together; an empty clause demands nothing.
///
/// @param must      every one holds
/// @param should    at least one holds
/// @param mustNot   none holds
/// @param minShould at least so many of these hold
public record Filter(
        List<Condition> must,
        List<Condition> should,
        List<Condition> mustNot,
        @Nullable MinShould minShould) {
    /// Matches every point.
    public static final Filter EVERYTHING = new Filter(List.of(), List.of(), List.of(), null);

    /// At least `count` of `conditions` hold.
    public record MinShould(List<Condition> conditions, int count) {
        public MinShould {
            conditions = List.copyOf(conditions);
            if (count < 1) {
                throw new IllegalArgumentException("min_count " + count + " is below 1");
            }
        }
    }

    public Filter {
        must = List.copyOf(must);
        should = List.copyOf(should);
        mustNot = List.copyOf(mustNot);
    }

    public static Filter all(Condition... conditions) {
        return new Filter(List.of(conditions), List.of(), List.of(), null);
    }

    public static Filter none(Condition... conditions) {
        return new Filter(List.of(), List.of(), List.of(conditions), null);
    }

    /// Both filters hold.
    public Filter and(Filter other) {
        if (isEverything()) {
            return other;
        }
        return other.isEverything() ? this : all(new Condition.Sub(this), new Condition.Sub(other));
    }

    public boolean isEverything() {
        return must.isEmpty() && should.isEmpty() && mustNot.isEmpty() && minShould == null;
    }

    /// The conditions of all clauses, not those inside them.
    public Stream<Condition> conditions() {
        Stream<Condition> plain = Stream.of(must, should, mustNot).flatMap(List::stream);
        return minShould == null ? plain : Stream.concat(plain, minShould.conditions().stream());
    }
}
