package dev.pagoda.vectors.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A search, or a fusion of searches.
///
/// @param prefetch       searches whose joint results are all that this one ranks; none = every point
/// @param goal           what ranks the points
/// @param using          the field searched; `""` is the unnamed one, and for a fusion
/// @param filter         which points count, here and in every prefetch
/// @param hnswEf         breadth of the graph search, 0 = the collection's own, at most 65,536
/// @param exact          whether to compare with every matching point instead of walking the graph
/// @param scoreThreshold leaves out what is not better than this
/// @param limit          results, at least 1
/// @param offset         results skipped, best first
public record Query(
        List<Query> prefetch,
        Goal goal,
        String using,
        Filter filter,
        int hnswEf,
        boolean exact,
        @Nullable Float scoreThreshold,
        int limit,
        int offset) {
    /// Points that one query may rank, limit and offset together.
    public static final int MAX_WINDOW = 1_000_000;

    private static final int MAX_PREFETCH_DEPTH = 16;
    private static final int MAX_EF = 65_536;

    /// What ranks the points of a query.
    public sealed interface Goal {
        /// Nearest to a vector or a text.
        record Nearest(VectorValue vector) implements Goal {}

        /// Nearest to the stored vector of a point, which itself is left out.
        record NearestTo(PointId id) implements Goal {}

        /// Reciprocal ranks of the prefetches added up: the i-th from 0 counts `1 / (k + i)`.
        record ReciprocalRank(int k) implements Goal {
            public ReciprocalRank {
                if (k < 1) {
                    throw new IllegalArgumentException("k " + k + " is below 1");
                }
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
        if (hnswEf < 0 || hnswEf > MAX_EF) {
            throw new IllegalArgumentException("hnsw_ef " + hnswEf + " is not from 0 to " + MAX_EF);
        }
        if (depth(prefetch) > MAX_PREFETCH_DEPTH) {
            throw new IllegalArgumentException("prefetch is nested deeper than " + MAX_PREFETCH_DEPTH);
        }
        boolean fuses = goal instanceof Goal.ReciprocalRank || goal instanceof Goal.DistributionBased;
        if (fuses && prefetch.isEmpty()) {
            throw new IllegalArgumentException("a fusion needs a prefetch");
        }
    }

    /// Nearest to a vector or a text in one field.
    public static Query nearest(String using, VectorValue vector, Filter filter, int limit) {
        return new Query(List.of(), new Goal.Nearest(vector), using, filter, 0, false, null, limit, 0);
    }

    /// Several searches fused by reciprocal rank with Qdrant's k of 2.
    public static Query fused(List<Query> prefetch, int limit) {
        return new Query(
                prefetch, new Goal.ReciprocalRank(2), VectorValue.UNNAMED, Filter.EVERYTHING, 0, false, null, limit, 0);
    }

    /// Several searches fused by the distribution of their scores.
    public static Query fusedByDistribution(List<Query> prefetch, int limit) {
        return new Query(
                prefetch,
                new Goal.DistributionBased(),
                VectorValue.UNNAMED,
                Filter.EVERYTHING,
                0,
                false,
                null,
                limit,
                0);
    }

    private static int depth(List<Query> queries) {
        int deepest = 0;
        for (Query query : queries) {
            deepest = Math.max(deepest, 1 + depth(query.prefetch()));
        }
        return deepest;
    }
}
