package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.Example;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.Query.Goal;
import dev.pagoda.vectors.api.Query.Judged;
import dev.pagoda.vectors.api.Query.Lookup;
import dev.pagoda.vectors.api.Query.Pair;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/// Puts vectors in the place of the ids that a query names, and leaves out the points with these ids.
///
/// Ids of another collection are not left out: there they are other points.
final class References {
    private final String collection;
    private final VectorSource own;
    private final Function<String, VectorSource> others;

    /// @param collection the name of the collection searched
    /// @param own        its vectors
    /// @param others     those of other collections by name; throws if there is none
    References(String collection, VectorSource own, Function<String, VectorSource> others) {
        this.collection = collection;
        this.own = own;
        this.others = others;
    }

    /// The same query without ids.
    ///
    /// @throws dev.pagoda.governance.bus.Refused if one of them has no vector, or a fusion is to search a field
    Query resolve(Query query) {
        Set<PointId> named = new HashSet<>();
        Query resolved = resolve(query, named);
        requireFieldless(resolved);
        return named.isEmpty()
                ? resolved
                : resolved.withFilter(resolved.filter().and(Filter.none(new Condition.HasId(named))));
    }

    /// Qdrant tells of ids that are not there first.
    private static void requireFieldless(Query query) {
        boolean isFusion =
                query.goal() instanceof Goal.ReciprocalRank || query.goal() instanceof Goal.DistributionBased;
        if (isFusion && !query.using().isEmpty()) {
            throw Refusals.fusionWithField();
        }
        query.prefetch().forEach(References::requireFieldless);
    }

    private Query resolve(Query query, Set<PointId> named) {
        Lookup lookup = query.lookupFrom();
        boolean isOwn = lookup == null || lookup.collection().equals(collection);
        VectorSource source = lookup == null || isOwn ? own : others.apply(lookup.collection());
        String field = lookup == null || lookup.vector() == null ? query.using() : lookup.vector();
        Goal goal = new OneQuery(source, field, isOwn ? named : new HashSet<>()).resolve(query.goal());
        List<Query> prefetch = new ArrayList<>(query.prefetch().size());
        for (Query each : query.prefetch()) {
            prefetch.add(resolve(each, named));
        }
        return query.withGoal(goal).withPrefetch(prefetch);
    }

    /// The examples of one query without its prefetches.
    private record OneQuery(VectorSource source, String field, Set<PointId> named) {
        Goal resolve(Goal goal) {
            return switch (goal) {
                case Goal.NearestTo(PointId id) -> new Goal.Nearest(vector(id).vector());
                case Goal.Diverse(Example target, float diversity, int candidates) ->
                    new Goal.Diverse(given(target), diversity, candidates);
                case Goal.Recommend(var positive, var negative, var strategy) ->
                    new Goal.Recommend(given(positive), given(negative), strategy);
                case Goal.Discover(Example target, var context) -> new Goal.Discover(given(target), pairs(context));
                case Goal.Context(var pairs) -> new Goal.Context(pairs(pairs));
                case Goal.Feedback(Example target, var judged, float a, float b, float c) ->
                    new Goal.Feedback(
                            given(target),
                            judged.stream()
                                    .map(each -> new Judged(given(each.example()), each.score()))
                                    .toList(),
                            a,
                            b,
                            c);
                case Goal.Nearest _,
                        Goal.Formula _,
                        Goal.Ordered _,
                        Goal.Sample _,
                        Goal.ReciprocalRank _,
                        Goal.DistributionBased _,
                        Goal.ById _ -> goal;
            };
        }

        private List<Pair> pairs(List<Pair> pairs) {
            return pairs.stream()
                    .map(pair -> new Pair(given(pair.positive()), given(pair.negative())))
                    .toList();
        }

        private List<Example> given(List<Example> examples) {
            return examples.stream().map(this::given).toList();
        }

        private Example given(Example example) {
            return switch (example) {
                case Example.Given _ -> example;
                case Example.Stored(PointId id) -> vector(id);
            };
        }

        private Example.Given vector(PointId id) {
            named.add(id);
            return new Example.Given(source.vector(field, id));
        }
    }
}
