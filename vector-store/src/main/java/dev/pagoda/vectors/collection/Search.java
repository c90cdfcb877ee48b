package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Example;
import dev.pagoda.vectors.api.Explanation;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.OrderBy;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.Query.Goal;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.hnsw.Plan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Answers one query over the state of a collection at one moment.
///
/// Prefetches are answered first, innermost first, each under the filters of all that contain it; what they
/// found is then all that the query around them ranks. Ties are broken by id, so that the same state gives the
/// same answer.
final class Search {
    /// Plans, as explanations call them, that may miss something without a filter.
    private static final Set<String> MEASURED = Set.of(name(Plan.WALK), name(Plan.WALK_THEN_CODES));

    private final CollectionConfig config;
    private final Generation generation;
    private final Candidates candidates;
    private final References references;
    private final List<Explanation> explanations = new ArrayList<>();

    /// Points that prefetches have found.
    private int prefetched;

    /// @param name   of the collection
    /// @param others vectors of other collections by name
    Search(CollectionConfig config, Reading reading, String name, Function<String, VectorSource> others) {
        this.config = config;
        this.generation = reading.generation();
        this.candidates = new Candidates(reading);
        this.references = new References(name, (field, id) -> storedVector(config, reading, field, id), others);
    }

    /// The vector that a stored point has in a field.
    ///
    /// @throws dev.pagoda.governance.bus.Refused if there is no such point, field or vector
    static VectorValue storedVector(CollectionConfig config, Reading reading, String field, PointId id) {
        StoredPoint point = reading.find(id);
        if (point == null) {
            throw Refusals.pointNotFound("No point with id " + id + " found");
        }
        VectorCheck.requireField(config, field);
        VectorValue vector = reading.generation().vectors(point).get(field);
        if (vector == null) {
            throw Refusals.pointNotFound("Point with id " + id + " has no vector \"" + field + "\"");
        }
        return vector;
    }

    private static String name(Plan plan) {
        return plan.name().toLowerCase(Locale.ROOT);
    }

    /// How the dense fields were searched until now.
    List<Explanation> explanations() {
        return explanations;
    }

    /// Whether the query that was run walked one graph, with nothing left out, and may have missed something.
    boolean isMeasurable(Query query) {
        return explanations.size() == 1
                && MEASURED.contains(explanations.getFirst().plan())
                && query.goal() instanceof Goal.Nearest
                && query.prefetch().isEmpty()
                && query.filter().isEverything()
                && query.scoreThreshold() == null
                && query.offset() == 0;
    }

    /// What share of the exact answer a query's answer is; equal scores are equally right.
    double recall(Query query, List<Ranked> found) {
        List<Ranked> truth = run(query.withParams(query.params().withExact(true)));
        if (truth.isEmpty()) {
            return 1;
        }
        float last = truth.getLast().score();
        boolean higher = field(query).isHigherBetter();
        long right = found.stream()
                .filter(ranked -> higher ? ranked.score() >= last : ranked.score() <= last)
                .count();
        return (double) right / truth.size();
    }

    List<Ranked> run(Query query) {
        Query resolved = references.resolve(query);
        int window = resolved.limit() + resolved.offset();
        List<Ranked> ranked = rank(resolved, Filter.EVERYTHING, window);
        // any points are as good as any others
        int offset =
                resolved.goal() instanceof Goal.Sample && resolved.prefetch().isEmpty() ? 0 : resolved.offset();
        int from = Math.min(offset, ranked.size());
        return ranked.subList(from, Math.min(ranked.size(), from + resolved.limit()));
    }

    /// The same query without ids of points.
    Query resolve(Query query) {
        return references.resolve(query);
    }

    /// The best of a resolved query without regard to its limit and offset.
    List<Ranked> rank(Query query, int window) {
        return rank(query, Filter.EVERYTHING, window);
    }

    /// The nearest to a vector among some points.
    List<Ranked> nearest(String field, VectorValue vector, Set<StoredPoint> pool, int window) {
        Query query = Query.nearest(field, vector, Filter.EVERYTHING, window);
        return field(query).nearest(vector, query.filter(), pool, window, explanations::add);
    }

    /// Some points that match, chosen by chance.
    List<StoredPoint> sample(@Nullable String field, Filter filter, @Nullable Set<StoredPoint> pool, int size) {
        List<StoredPoint> points = candidates.points(field, filter, pool);
        ThreadLocalRandom random = ThreadLocalRandom.current();
        int count = Math.min(size, points.size());
        for (int i = 0; i < count; i++) {
            int other = random.nextInt(i, points.size());
            StoredPoint chosen = points.get(other);
            points.set(other, points.get(i));
            points.set(i, chosen);
        }
        return points.subList(0, count);
    }

    private List<Ranked> rank(Query query, Filter outer, int window) {
        Filter joint = query.filter().and(outer);
        List<List<Ranked>> sources = new ArrayList<>(query.prefetch().size());
        for (Query prefetch : query.prefetch()) {
            List<Ranked> found = rank(prefetch, joint, prefetch.limit());
            prefetched += found.size();
            if (prefetched > Query.MAX_PREFETCHED) {
                throw new IllegalArgumentException(
                        "the prefetches find more than " + Query.MAX_PREFETCHED + " points together");
            }
            sources.add(found);
        }
        Set<StoredPoint> pool = query.prefetch().isEmpty() ? null : union(sources);
        List<Ranked> ranked = switch (query.goal()) {
            case Goal.Nearest(VectorValue vector) -> nearest(query, vector, joint, pool, window);
            case Goal.Recommend(var positive, var negative, Goal.Strategy strategy)
            when strategy == Goal.Strategy.AVERAGE_VECTOR ->
                nearest(query, average(query, positive, negative), joint, pool, window);
            case Goal.Diverse diverse -> diverse(query, diverse, joint, pool, window);
            case Goal.Recommend recommend -> byExamples(query, recommendation(query, recommend), joint, pool, window);
            case Goal.Discover(Example target, var context) ->
                byExamples(
                        query,
                        ExampleScores.discovery(similarity(query, target), sides(query, context)),
                        joint,
                        pool,
                        window);
            case Goal.Context(var pairs) ->
                byExamples(query, ExampleScores.context(sides(query, pairs)), joint, pool, window);
            case Goal.Feedback feedback -> byExamples(query, judgement(query, feedback), joint, pool, window);
            case Goal.Formula formula -> byFormula(query, formula, sources, union(sources));
            case Goal.Ordered(OrderBy order) ->
                pool == null
                        ? new Ordering(order, config).first(candidates.matching(joint), generation, window)
                        : new Ordering(order, config).first(pool, window);
            case Goal.Sample() -> unranked(sample(null, joint, pool, window));
            case Goal.ReciprocalRank(int k, List<Float> weights) ->
                notBelow(query, Fusion.byReciprocalRank(sources, k, weights));
            case Goal.DistributionBased() -> notBelow(query, Fusion.byDistribution(sources));
            case Goal.ById() -> byId(joint, pool, window);
            case Goal.NearestTo _ -> throw new IllegalStateException("an id was not made into a vector");
        };
        return ranked.size() > window ? ranked.subList(0, window) : ranked;
    }

    private FieldSearch field(Query query) {
        return new FieldSearch(config, generation, candidates, query.using(), query.params());
    }

    private List<Ranked> nearest(
            Query query, VectorValue vector, Filter filter, @Nullable Set<StoredPoint> pool, int window) {
        FieldSearch field = field(query);
        List<Ranked> ranked = field.nearest(vector, filter, pool, window, explanations::add);
        Float threshold = query.scoreThreshold();
        if (threshold == null) {
            return ranked;
        }
        boolean higher = field.isHigherBetter();
        return ranked.stream()
                .filter(r -> higher ? r.score() > threshold : r.score() < threshold)
                .toList();
    }

    private VectorValue average(Query query, List<Example> positive, List<Example> negative) {
        FieldSearch field = field(query);
        return Averages.of(
                positive.stream().map(each -> field.asked(given(each))).toList(),
                negative.stream().map(each -> field.asked(given(each))).toList());
    }

    private List<Ranked> diverse(
            Query query, Goal.Diverse goal, Filter filter, @Nullable Set<StoredPoint> pool, int window) {
        int wanted = goal.candidates() == 0 ? Math.min(window, Goal.Diverse.MAX_CANDIDATES) : goal.candidates();
        List<Ranked> nearest = nearest(query, given(goal.target()), filter, pool, wanted);
        FieldSearch field = field(query);
        Similarity target = field.similarity(given(goal.target()));
        float[] relevance = new float[nearest.size()];
        for (int i = 0; i < relevance.length; i++) {
            relevance[i] = target.of(nearest.get(i).point());
        }
        return Diversity.pick(
                nearest, relevance, point -> field.similarity(field.vector(point)), 1 - goal.diversity(), window);
    }

    private ExampleScores.Score recommendation(Query query, Goal.Recommend goal) {
        List<Similarity> positive = similarities(query, goal.positive());
        List<Similarity> negative = similarities(query, goal.negative());
        return goal.strategy() == Goal.Strategy.BEST_SCORE
                ? ExampleScores.best(positive, negative)
                : ExampleScores.sum(positive, negative);
    }

    private ExampleScores.Score judgement(Query query, Goal.Feedback goal) {
        List<ExampleScores.Rated> rated = goal.judged().stream()
                .map(each -> new ExampleScores.Rated(similarity(query, each.example()), each.score()))
                .toList();
        return ExampleScores.feedback(similarity(query, goal.target()), rated, goal.a(), goal.b(), goal.c());
    }

    private List<ExampleScores.Sides> sides(Query query, List<Query.Pair> pairs) {
        return pairs.stream()
                .map(pair ->
                        new ExampleScores.Sides(similarity(query, pair.positive()), similarity(query, pair.negative())))
                .toList();
    }

    private List<Similarity> similarities(Query query, List<Example> examples) {
        return examples.stream().map(each -> similarity(query, each)).toList();
    }

    private Similarity similarity(Query query, Example example) {
        return field(query).similarity(given(example));
    }

    private static VectorValue given(Example example) {
        return switch (example) {
            case Example.Given(VectorValue vector) -> vector;
            case Example.Stored _ -> throw new IllegalStateException("an id was not made into a vector");
        };
    }

    private List<Ranked> byExamples(
            Query query, ExampleScores.Score score, Filter filter, @Nullable Set<StoredPoint> pool, int window) {
        VectorCheck.requireField(config, query.using());
        Comparator<Ranked> order = Ranked.order(true);
        PriorityQueue<Ranked> best = new PriorityQueue<>(order.reversed());
        for (StoredPoint point : candidates.points(query.using(), filter, pool)) {
            best.add(new Ranked(point, FieldSearch.finite(score.of(point))));
            if (best.size() > window) {
                best.remove();
            }
        }
        List<Ranked> ranked = new ArrayList<>(best);
        ranked.sort(order);
        return notBelow(query, ranked);
    }

    private List<Ranked> byFormula(
            Query query, Goal.Formula formula, List<List<Ranked>> sources, Set<StoredPoint> pool) {
        FormulaScores scores = new FormulaScores(formula, generation.indexes(), sources);
        List<Ranked> ranked = new ArrayList<>(pool.size());
        for (StoredPoint point : pool) {
            ranked.add(new Ranked(point, scores.of(point)));
        }
        ranked.sort(Ranked.order(true));
        return notBelow(query, ranked);
    }

    /// Those that reach the threshold of a query whose greater scores are the better ones.
    private static List<Ranked> notBelow(Query query, List<Ranked> ranked) {
        Float threshold = query.scoreThreshold();
        return threshold == null
                ? ranked
                : ranked.stream().filter(each -> each.score() >= threshold).toList();
    }

    private List<Ranked> byId(Filter filter, @Nullable Set<StoredPoint> pool, int window) {
        Matching matching = pool == null ? candidates.matching(filter) : null;
        List<StoredPoint> first = new ArrayList<>();
        for (StoredPoint point : generation.ids().values()) {
            if (first.size() == window) {
                break;
            }
            if (matching == null ? pool != null && pool.contains(point) : matching.matches(point)) {
                first.add(point);
            }
        }
        return unranked(first);
    }

    private static List<Ranked> unranked(List<StoredPoint> points) {
        return points.stream().map(point -> new Ranked(point, 0)).toList();
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
