package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.Explanation;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.HnswConfig;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.Query.Goal;
import dev.pagoda.vectors.api.SparseConfig;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.filter.PointFilter;
import dev.pagoda.vectors.hnsw.Neighbours;
import dev.pagoda.vectors.hnsw.Plan;
import dev.pagoda.vectors.hnsw.ScoredNodes;
import dev.pagoda.vectors.hnsw.SearchResult;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// Answers one query over the state of a collection at one moment.
///
/// A dense field is searched exactly if the caller asks so, if only the results of prefetches count, or if the
/// collection has fewer points than its full-scan threshold; else the index decides. Either way the limit is
/// filled if enough points match.
final class Search {
    private final CollectionConfig config;
    private final Generation generation;
    private final long sequence;
    private final int end;
    private final List<Explanation> explanations = new ArrayList<>();

    Search(CollectionConfig config, Reading reading) {
        this.config = config;
        this.generation = reading.generation();
        this.sequence = reading.sequence();
        this.end = generation.end();
    }

    /// How the dense fields were searched until now.
    List<Explanation> explanations() {
        return explanations;
    }

    /// Whether the query that was run walked a graph and nothing else, with nothing left out.
    boolean isMeasurable(Query query) {
        return explanations.size() == 1
                && explanations.getFirst().plan().equals(name(Plan.WALK))
                && query.goal() instanceof Goal.Nearest
                && query.prefetch().isEmpty()
                && query.filter().isEverything()
                && query.scoreThreshold() == null
                && query.offset() == 0;
    }

    /// What share of the exact answer a query's answer is; equal scores are equally right.
    double recall(Query query, List<Ranked> found) {
        Query exact = new Query(
                query.prefetch(),
                query.goal(),
                query.using(),
                query.filter(),
                query.hnswEf(),
                true,
                query.scoreThreshold(),
                query.limit(),
                query.offset());
        List<Ranked> truth = run(exact);
        if (truth.isEmpty()) {
            return 1;
        }
        float last = truth.getLast().score();
        boolean higher = isHigherBetter(query);
        long right = found.stream()
                .filter(ranked -> higher ? ranked.score() >= last : ranked.score() <= last)
                .count();
        return (double) right / truth.size();
    }

    List<Ranked> run(Query query) {
        List<Ranked> ranked = rank(query, Filter.EVERYTHING, query.limit() + query.offset());
        int from = Math.min(query.offset(), ranked.size());
        return ranked.subList(from, Math.min(ranked.size(), from + query.limit()));
    }

    /// The best of a query without regard to its offset.
    private List<Ranked> rank(Query query, Filter outer, int window) {
        Filter joint = query.filter().and(outer);
        List<List<Ranked>> sources = new ArrayList<>();
        for (Query prefetch : query.prefetch()) {
            sources.add(rank(prefetch, joint, Math.max(prefetch.limit(), window)));
        }
        List<Ranked> ranked = switch (query.goal()) {
            case Goal.Nearest(VectorValue vector) -> nearest(query, vector, null, joint, sources, window);
            case Goal.NearestTo(PointId id) ->
                nearest(query, storedVector(query.using(), id), id, joint, sources, window);
            case Goal.ReciprocalRank(int k) -> Fusion.byReciprocalRank(sources, k);
            case Goal.DistributionBased() -> Fusion.byDistribution(sources);
            case Goal.ById() -> byId(joint, sources, window);
        };
        Float threshold = query.scoreThreshold();
        if (threshold != null) {
            boolean higher = isHigherBetter(query);
            ranked = ranked.stream()
                    .filter(r -> higher ? r.score() > threshold : r.score() < threshold)
                    .toList();
        }
        return ranked.size() > window ? ranked.subList(0, window) : ranked;
    }

    private boolean isHigherBetter(Query query) {
        DenseConfig dense = config.dense().get(query.using());
        boolean ranksByDistance = query.goal() instanceof Goal.Nearest || query.goal() instanceof Goal.NearestTo;
        return !ranksByDistance || dense == null || dense.distance().isHigherBetter();
    }

    private VectorValue storedVector(String field, PointId id) {
        VectorCheck.requireField(config, field);
        StoredPoint point = generation.ids().get(id);
        if (point == null) {
            throw Refusals.pointNotFound("No point with id " + id + " found");
        }
        VectorValue vector = generation.vectors(point).get(field);
        if (vector == null) {
            throw Refusals.pointNotFound("Point with id " + id + " has no vector \"" + field + "\"");
        }
        return vector;
    }

    private List<Ranked> nearest(
            Query query,
            VectorValue vector,
            @Nullable PointId except,
            Filter filter,
            List<List<Ranked>> sources,
            int window) {
        VectorValue asked = VectorCheck.asked(config, query.using(), vector);
        PointFilter test = SchemaFilter.of(filter, config);
        Set<StoredPoint> pool = query.prefetch().isEmpty() ? null : union(sources);
        IntPredicate accept = slot -> {
            StoredPoint point = generation.at(slot);
            return point != null
                    && point.isVisible(sequence)
                    && point.hasVector(query.using())
                    && (except == null || !point.id().equals(except))
                    && (pool == null || pool.contains(point))
                    && test.matches(point);
        };
        return switch (asked) {
            case VectorValue.Dense(float[] values) ->
                dense(query, values, accept, pool == null && test.isEverything(), pool != null, window);
            case VectorValue.Sparse sparse -> {
                Generation.SparseField field = generation.sparse().get(query.using());
                SparseConfig told = config.sparse().get(query.using());
                if (field == null || told == null) {
                    throw VectorCheck.unknownField(query.using());
                }
                yield ranked(field.index().search(sparse, window, end, told.idf(), accept), null);
            }
            case VectorValue.Multi multi -> multi(query, multi, accept, window);
            case VectorValue.Text _ -> throw new IllegalStateException("a query text was not made into a vector");
        };
    }

    private List<Ranked> dense(
            Query query, float[] vector, IntPredicate accept, boolean isUnfiltered, boolean isPooled, int window) {
        DenseField field = generation.dense().get(query.using());
        if (field == null) {
            throw VectorCheck.unknownField(query.using());
        }
        HnswConfig hnsw = config.hnsw(query.using());
        boolean exactly = query.exact()
                || isPooled
                || generation.living() <= hnsw.fullScanVectors(field.config().size());
        int ef = Math.max(window, query.hnswEf() > 0 ? query.hnswEf() : defaultEf(hnsw));
        long start = System.nanoTime();
        SearchResult found = field.search(vector, window, ef, accept, isUnfiltered, exactly, end);
        explanations.add(new Explanation(
                query.using(),
                name(found.plan()),
                found.expansions(),
                found.estimated(),
                found.computations(),
                System.nanoTime() - start));
        return ranked(found.neighbours(), field.config().distance());
    }

    private List<Ranked> multi(Query query, VectorValue.Multi vector, IntPredicate accept, int window) {
        DenseConfig field = generation.multi().get(query.using());
        if (field == null) {
            throw VectorCheck.unknownField(query.using());
        }
        long start = System.nanoTime();
        MaxSim compared = new MaxSim(field, vector);
        ScoredNodes best = new ScoredNodes();
        int computations = 0;
        for (int slot = 0; slot < end; slot++) {
            StoredPoint point = generation.at(slot);
            Multivector stored = point == null ? null : point.vectors().multi().get(query.using());
            if (stored != null && accept.test(slot)) {
                best.offer(ScoredNodes.key(compared.of(stored), slot), window);
                computations++;
            }
        }
        explanations.add(
                new Explanation(query.using(), name(Plan.SCAN), 0, 0, computations, System.nanoTime() - start));
        return ranked(best.drain(window), field.distance());
    }

    private static String name(Plan plan) {
        return plan.name().toLowerCase(Locale.ROOT);
    }

    /// As Qdrant: the breadth of a search is that of the construction unless the query says otherwise.
    private static int defaultEf(HnswConfig hnsw) {
        return hnsw.efConstruction();
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
        // JSON knows no infinity; adding 0 turns -0 into 0
        return Math.clamp(score, -Float.MAX_VALUE, Float.MAX_VALUE) + 0f;
    }

    private List<Ranked> byId(Filter filter, List<List<Ranked>> sources, int window) {
        PointFilter test = SchemaFilter.of(filter, config);
        Set<StoredPoint> pool = sources.isEmpty() ? null : union(sources);
        List<Ranked> ranked = new ArrayList<>();
        for (StoredPoint point : generation.ids().values()) {
            if (ranked.size() == window) {
                break;
            }
            if ((pool == null || pool.contains(point)) && test.matches(point)) {
                ranked.add(new Ranked(point, 0));
            }
        }
        return ranked;
    }

    private static Set<StoredPoint> union(List<List<Ranked>> sources) {
        Set<StoredPoint> pool = new LinkedHashSet<>();
        for (List<Ranked> source : sources) {
            for (Ranked ranked : source) {
                pool.add(ranked.point());
            }
        }
        return pool;
    }
}
