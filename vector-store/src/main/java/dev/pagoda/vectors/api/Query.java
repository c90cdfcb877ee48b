package dev.pagoda.vectors.api;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A search, or a search over what other searches found.
///
/// @param prefetch       searches whose joint results are all that this one ranks; none = every point
/// @param goal           what ranks the points
/// @param using          the field searched; `""` is the unnamed one, and for goals that search no field
/// @param filter         which points count, here and in every prefetch
/// @param params         how to search
/// @param scoreThreshold leaves out what is not better than this
/// @param lookupFrom     where ids stand for vectors of another collection, null = in this one
/// @param limit          results, at least 1
/// @param offset         results skipped, best first
public record Query(
        List<Query> prefetch,
        Goal goal,
        String using,
        Filter filter,
        SearchParams params,
        @Nullable Float scoreThreshold,
        @Nullable Lookup lookupFrom,
        int limit,
        int offset) {
    /// Points that one query may rank, limit and offset together, and that the searches of a batch may find.
    public static final int MAX_WINDOW = 1_000_000;

    /// Points that all prefetches of a query may find together.
    public static final int MAX_PREFETCHED = 4 * MAX_WINDOW;

    /// As Qdrant.
    private static final int MAX_PREFETCH_DEPTH = 64;

    /// Searches below one query, all levels together.
    private static final int MAX_PREFETCHES = 1_000;

    /// Where to look up the vectors of ids.
    ///
    /// @param vector the field there, null = the one that the query uses
    public record Lookup(String collection, @Nullable String vector) {}

    /// Something closer to what is wanted and something farther from it.
    public record Pair(Example positive, Example negative) {}

    /// What a better judge gave an example, the more the better.
    public record Judged(Example example, float score) {}

    /// What ranks the points of a query.
    public sealed interface Goal {
        /// Nearest to a vector or a text.
        record Nearest(VectorValue vector) implements Goal {}

        /// Nearest to the stored vector of a point, which itself is left out.
        record NearestTo(PointId id) implements Goal {}

        /// Nearest, but unlike each other (maximal marginal relevance); scores are those of the nearest.
        ///
        /// @param diversity  0 = only nearness counts, 1 = only difference
        /// @param candidates how many of the nearest are chosen from, 0 = as many as the limit
        record Diverse(Example target, float diversity, int candidates) implements Goal {
            public Diverse {
                if (!(diversity >= 0 && diversity <= 1)) {
                    throw new IllegalArgumentException("diversity " + diversity + " is not from 0.0 to 1.0");
                }
                if (candidates < 0 || candidates > MAX_CANDIDATES) {
                    throw new IllegalArgumentException(
                            "candidates_limit " + candidates + " is not from 0 to " + MAX_CANDIDATES);
                }
            }

            /// As Qdrant.
            public static final int MAX_CANDIDATES = 16_384;
        }

        /// Like some examples and unlike others, which are left out.
        record Recommend(List<Example> positive, List<Example> negative, Strategy strategy) implements Goal {
            public Recommend {
                positive = List.copyOf(positive);
                negative = List.copyOf(negative);
                if (positive.isEmpty() && (negative.isEmpty() || strategy == Strategy.AVERAGE_VECTOR)) {
                    throw new IllegalArgumentException("a recommendation needs a positive example");
                }
            }
        }

        /// How examples are put together.
        enum Strategy {
            /// Nearest to twice the average of the positive less that of the negative ones.
            AVERAGE_VECTOR,
            /// By the nearest example, against the point if that is a negative one.
            BEST_SCORE,
            /// By the similarity with all.
            SUM_SCORES
        }

        /// On the right side of as many pairs as possible, then nearest to the target.
        record Discover(Example target, List<Pair> context) implements Goal {
            public Discover {
                context = List.copyOf(context);
            }
        }

        /// On the right side of all pairs, 0, or as little as possible on the wrong one.
        record Context(List<Pair> pairs) implements Goal {
            public Context {
                pairs = List.copyOf(pairs);
            }
        }

        /// `a` times the similarity with the target, and for each two examples of different scores `c` times
        /// the difference of the scores to the power of `b` times the difference of the similarities.
        record Feedback(Example target, List<Judged> judged, float a, float b, float c) implements Goal {
            public Feedback {
                judged = List.copyOf(judged);
            }
        }

        /// Whatever an expression says of the points that the prefetches found.
        ///
        /// @param defaults      what stands where the payload has nothing at a path
        /// @param scoreDefaults what stands where a prefetch did not find the point
        record Formula(Expression expression, Map<KeyPath, Object> defaults, Map<Integer, Double> scoreDefaults)
                implements Goal {
            public Formula {
                defaults = Map.copyOf(defaults);
                scoreDefaults = Map.copyOf(scoreDefaults);
            }

            /// @param defaults by the names of variables
            /// @throws IllegalArgumentException if a name is none
            public static Formula of(Expression expression, Map<String, ?> defaults) {
                Map<KeyPath, Object> values = new HashMap<>();
                Map<Integer, Double> scores = new HashMap<>();
                defaults.forEach((name, value) -> {
                    switch (Expression.variable(name)) {
                        case Expression.Variable(KeyPath key) -> values.put(key, value);
                        case Expression.Score(int prefetch) -> {
                            if (value instanceof Number number) {
                                scores.put(prefetch, number.doubleValue());
                            }
                        }
                        default -> throw new IllegalStateException("a name is a variable or a score");
                    }
                });
                return new Formula(expression, values, scores);
            }
        }

        /// By a number or a date in the payload; a point with several has a place for each.
        record Ordered(OrderBy order) implements Goal {}

        /// Any points, other ones each time.
        record Sample() implements Goal {}

        /// Reciprocal ranks of the prefetches added up: the i-th from 0 counts `1 / ((i + 1) / weight + k -
        /// 1)`.
        ///
        /// @param weights one for each prefetch; none = 1 each
        record ReciprocalRank(int k, List<Float> weights) implements Goal {
            public ReciprocalRank {
                weights = List.copyOf(weights);
                if (k < 1) {
                    throw new IllegalArgumentException("k " + k + " is below 1");
                }
            }

            public ReciprocalRank(int k) {
                this(k, List.of());
            }
        }

        /// Scores of each prefetch put on one scale by mean and deviation, then added up.
        record DistributionBased() implements Goal {}

        /// Every point with score 0, by ascending id.
        record ById() implements Goal {}
    }

    public Query {
        prefetch = List.copyOf(prefetch);
        if (limit < 1) {
            throw new IllegalArgumentException("limit " + limit + " is below 1");
        }
        if (offset < 0 || (long) limit + offset > MAX_WINDOW) {
            throw new IllegalArgumentException(
                    "offset " + offset + " and limit " + limit + " are not from 0 to " + MAX_WINDOW + " together");
        }
        if (depth(prefetch) > MAX_PREFETCH_DEPTH) {
            throw new IllegalArgumentException("prefetch is nested deeper than " + MAX_PREFETCH_DEPTH);
        }
        if (count(prefetch) > MAX_PREFETCHES) {
            throw new IllegalArgumentException("there are more than " + MAX_PREFETCHES + " prefetches");
        }
        boolean needsPrefetch = goal instanceof Goal.ReciprocalRank
                || goal instanceof Goal.DistributionBased
                || goal instanceof Goal.Formula;
        if (needsPrefetch && prefetch.isEmpty()) {
            throw new IllegalArgumentException(
                    goal instanceof Goal.Formula ? "a formula needs a prefetch" : "a fusion needs a prefetch");
        }
        if (goal instanceof Goal.ReciprocalRank(int _, List<Float> weights)
                && !weights.isEmpty()
                && weights.size() != prefetch.size()) {
            throw new IllegalArgumentException(
                    weights.size() + " weights of rrf are not as many as prefetches, " + prefetch.size());
        }
    }

    /// A search of one field with everything else as usual.
    public static Query of(Goal goal, String using, Filter filter, int limit) {
        return new Query(List.of(), goal, using, filter, SearchParams.DEFAULT, null, null, limit, 0);
    }

    /// Nearest to a vector or a text in one field.
    public static Query nearest(String using, VectorValue vector, Filter filter, int limit) {
        return of(new Goal.Nearest(vector), using, filter, limit);
    }

    /// What some searches found, ranked by another goal.
    public static Query over(List<Query> prefetch, Goal goal, String using, int limit) {
        return new Query(prefetch, goal, using, Filter.EVERYTHING, SearchParams.DEFAULT, null, null, limit, 0);
    }

    /// Several searches fused by reciprocal rank with Qdrant's k of 2.
    public static Query fused(List<Query> prefetch, int limit) {
        return over(prefetch, new Goal.ReciprocalRank(2), VectorValue.UNNAMED, limit);
    }

    /// Several searches fused by the distribution of their scores.
    public static Query fusedByDistribution(List<Query> prefetch, int limit) {
        return over(prefetch, new Goal.DistributionBased(), VectorValue.UNNAMED, limit);
    }

    public Query withGoal(Goal other) {
        return new Query(prefetch, other, using, filter, params, scoreThreshold, lookupFrom, limit, offset);
    }

    public Query withPrefetch(List<Query> other) {
        return new Query(other, goal, using, filter, params, scoreThreshold, lookupFrom, limit, offset);
    }

    public Query withFilter(Filter other) {
        return new Query(prefetch, goal, using, other, params, scoreThreshold, lookupFrom, limit, offset);
    }

    public Query withParams(SearchParams other) {
        return new Query(prefetch, goal, using, filter, other, scoreThreshold, lookupFrom, limit, offset);
    }

    public Query withWindow(int otherLimit, int otherOffset) {
        return new Query(prefetch, goal, using, filter, params, scoreThreshold, lookupFrom, otherLimit, otherOffset);
    }

    private static int depth(List<Query> queries) {
        int deepest = 0;
        for (Query query : queries) {
            deepest = Math.max(deepest, 1 + depth(query.prefetch()));
        }
        return deepest;
    }

    private static int count(List<Query> queries) {
        int count = queries.size();
        for (Query query : queries) {
            count += count(query.prefetch());
        }
        return count;
    }
}
