package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.Explanation;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.HnswConfig;
import dev.pagoda.vectors.api.SearchParams;
import dev.pagoda.vectors.api.SparseConfig;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.api.VectorValue.Sparse;
import dev.pagoda.vectors.hnsw.Neighbours;
import dev.pagoda.vectors.hnsw.NodeSet;
import dev.pagoda.vectors.hnsw.Plan;
import dev.pagoda.vectors.hnsw.ScoredNodes;
import dev.pagoda.vectors.hnsw.Scorer;
import dev.pagoda.vectors.hnsw.SearchResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// Finds and compares vectors of one field at one moment.
///
/// A dense field is searched exactly if the caller asks so, if only some points count, or if the collection has
/// fewer than its full-scan threshold; else the index decides. Either way the limit is filled if enough points
/// match.
final class FieldSearch {
    private final CollectionConfig config;
    private final Generation generation;
    private final Candidates candidates;
    private final String field;
    private final SearchParams params;

    FieldSearch(
            CollectionConfig config, Generation generation, Candidates candidates, String field, SearchParams params) {
        this.config = config;
        this.generation = generation;
        this.candidates = candidates;
        this.field = field;
        this.params = params;
        VectorCheck.requireField(config, field);
        SearchParams.Idf idf = params.idf();
        if (idf != null && !weighsWords()) {
            throw Refusals.badRequest(
                    "search param `idf` needs a sparse vector with the `idf` modifier, \"" + field + "\" is none");
        }
    }

    /// Whether the greater of two scores is the better one.
    boolean isHigherBetter() {
        Distance distance = distance();
        return distance == null || distance.isHigherBetter();
    }

    /// A vector made fit for this field.
    VectorValue asked(VectorValue vector) {
        return VectorCheck.asked(config, field, vector);
    }

    /// The nearest to a vector, best first.
    ///
    /// @param pool the only points that count, null = those that match
    List<Ranked> nearest(
            VectorValue vector,
            Filter filter,
            @Nullable Set<StoredPoint> pool,
            int window,
            Consumer<Explanation> explanations) {
        boolean isUnfiltered = pool == null && filter.isEverything();
        int k = Math.max(1, Math.min(window, candidates.end()));
        VectorValue asked = asked(vector);
        boolean isZero = asked instanceof VectorValue.Dense(float[] values)
                && denseField().isApart(values);
        IntPredicate accept;
        if (pool != null) {
            accept = slots(pool);
        } else {
            accept = isZero ? candidates.slots(field, filter) : candidates.searched(field, filter);
        }
        return switch (asked) {
            case VectorValue.Dense(float[] values) ->
                dense(values, accept, isUnfiltered, pool != null, k, explanations);
            case Sparse sparse ->
                ranked(sparseField().index().search(weighted(sparse), k, candidates.end(), accept), null);
            case VectorValue.Multi multi -> multi(multi, accept, k, explanations);
            case VectorValue.Text _ -> throw new IllegalStateException("a query text was not made into a vector");
        };
    }

    /// How like a vector the points with this field are.
    Similarity similarity(VectorValue vector) {
        return switch (asked(vector)) {
            case VectorValue.Dense(float[] values) -> {
                Scorer scorer = denseField().scorer(values);
                boolean isSquared = distance() == Distance.EUCLID;
                yield point -> unsquared(isSquared, scorer.score(point.slot()));
            }
            case VectorValue.Multi multi -> {
                MaxSim compared = new MaxSim(multiField(), multi);
                boolean isSquared = distance() == Distance.EUCLID;
                yield point -> {
                    Multivector stored = point.vectors().multi().get(field);
                    return stored == null ? Float.NEGATIVE_INFINITY : unsquared(isSquared, compared.of(stored));
                };
            }
            case Sparse sparse -> {
                Sparse weighted = weighted(sparse);
                yield point -> {
                    Sparse stored = point.vectors().sparse().get(field);
                    return stored == null ? 0 : dot(weighted, stored);
                };
            }
            case VectorValue.Text _ -> throw new IllegalStateException("a query text was not made into a vector");
        };
    }

    /// The vector that a point has in this field.
    VectorValue vector(StoredPoint point) {
        VectorValue vector = generation.vectors(point).get(field);
        if (vector == null) {
            throw VectorCheck.unknownField(field);
        }
        return vector;
    }

    private List<Ranked> dense(
            float[] vector,
            IntPredicate accept,
            boolean isUnfiltered,
            boolean isPooled,
            int k,
            Consumer<Explanation> explanations) {
        DenseField dense = denseField();
        HnswConfig hnsw = config.hnsw(field);
        int counting = accept instanceof NodeSet set ? set.size() : generation.living();
        boolean exactly = params.exact()
                || isPooled
                || counting <= hnsw.fullScanVectors(dense.config().size());
        // as Qdrant: the breadth of a search is that of the construction unless the query says otherwise
        int ef = Math.max(k, params.hnswEf() > 0 ? params.hnswEf() : hnsw.efConstruction());
        long start = System.nanoTime();
        SearchResult found = dense.search(vector, k, ef, accept, isUnfiltered, exactly, candidates.end());
        explanations.accept(new Explanation(
                field,
                found.plan().name().toLowerCase(Locale.ROOT),
                found.expansions(),
                found.estimated(),
                found.computations(),
                System.nanoTime() - start));
        return ranked(found.neighbours(), dense.config().distance());
    }

    private List<Ranked> multi(
            VectorValue.Multi vector, IntPredicate accept, int k, Consumer<Explanation> explanations) {
        long start = System.nanoTime();
        MaxSim compared = new MaxSim(multiField(), vector);
        ScoredNodes best = new ScoredNodes();
        int computations = 0;
        NodeSet set = accept instanceof NodeSet given ? given : null;
        for (int slot = set == null ? 0 : set.next(0);
                slot >= 0 && slot < candidates.end();
                slot = set == null ? slot + 1 : set.next(slot + 1)) {
            StoredPoint point = generation.at(slot);
            Multivector stored = point == null ? null : point.vectors().multi().get(field);
            if (stored != null && accept.test(slot)) {
                best.offer(ScoredNodes.key(compared.of(stored), slot), k);
                computations++;
            }
        }
        explanations.accept(new Explanation(
                field, Plan.SCAN.name().toLowerCase(Locale.ROOT), 0, 0, computations, System.nanoTime() - start));
        return ranked(best.drain(k), multiField().distance());
    }

    /// The distance negated, of its square negated.
    private static float unsquared(boolean isSquared, float similarity) {
        return isSquared ? -(float) Math.sqrt(-similarity) : similarity;
    }

    private List<Ranked> ranked(Neighbours found, @Nullable Distance distance) {
        List<Ranked> ranked = new ArrayList<>(found.size());
        for (int i = 0; i < found.size(); i++) {
            StoredPoint point = generation.at(found.nodes()[i]);
            if (point != null) {
                ranked.add(new Ranked(point, score(distance, found.scores()[i])));
            }
        }
        ranked.sort(Ranked.order(distance == null || distance.isHigherBetter()));
        return ranked;
    }

    private static float score(@Nullable Distance distance, float similarity) {
        float score = switch (distance) {
            case null -> similarity;
            case COSINE, DOT -> similarity;
            case EUCLID -> (float) Math.sqrt(-similarity);
            case MANHATTAN -> -similarity;
        };
        return finite(score);
    }

    /// JSON knows no infinity; adding 0 turns -0 into 0.
    static float finite(float score) {
        return Float.isNaN(score) ? -Float.MAX_VALUE : Math.clamp(score, -Float.MAX_VALUE, Float.MAX_VALUE) + 0f;
    }

    private NodeSet slots(Set<StoredPoint> pool) {
        int[] slots = new int[pool.size()];
        int count = 0;
        for (StoredPoint point : pool) {
            if (point.hasVector(field)) {
                slots[count++] = point.slot();
            }
        }
        return NodeSet.of(Arrays.copyOf(slots, count));
    }

    private Sparse weighted(Sparse query) {
        if (!weighsWords()) {
            return query;
        }
        SearchParams.Idf idf = params.idf();
        Filter corpus = idf == null ? null : idf.corpus();
        if (corpus == null) {
            return sparseField().index().weighted(query);
        }
        NodeSet counted = NodeSet.of(candidates.end(), candidates.slots(field, corpus));
        return sparseField().index().weighted(query, counted.size(), counted);
    }

    private static float dot(Sparse a, Sparse b) {
        float sum = 0;
        int i = 0;
        int j = 0;
        while (i < a.indices().length && j < b.indices().length) {
            int compared = Integer.compareUnsigned(a.indices()[i], b.indices()[j]);
            if (compared == 0) {
                sum += a.values()[i] * b.values()[j];
            }
            i += compared <= 0 ? 1 : 0;
            j += compared >= 0 ? 1 : 0;
        }
        return sum;
    }

    private boolean weighsWords() {
        SparseConfig sparse = config.sparse().get(field);
        return sparse != null && sparse.idf();
    }

    private @Nullable Distance distance() {
        DenseConfig dense = config.dense().get(field);
        return dense == null ? null : dense.distance();
    }

    private DenseField denseField() {
        DenseField dense = generation.dense().get(field);
        DenseConfig told = config.dense().get(field);
        // the field may be dropped, and made again, while a query runs
        if (dense == null || told == null || !dense.config().hasSameVectors(told)) {
            throw VectorCheck.unknownField(field);
        }
        return dense;
    }

    private Generation.SparseField sparseField() {
        Generation.SparseField sparse = generation.sparse().get(field);
        if (sparse == null) {
            throw VectorCheck.unknownField(field);
        }
        return sparse;
    }

    private DenseConfig multiField() {
        DenseConfig multi = generation.multi().get(field);
        DenseConfig told = config.dense().get(field);
        if (multi == null || told == null || !multi.hasSameVectors(told)) {
            throw VectorCheck.unknownField(field);
        }
        return multi;
    }
}
