package dev.pagoda.vectors.collection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.Example;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Hit;
import dev.pagoda.vectors.api.HnswConfig;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.OrderBy;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.Query.Goal;
import dev.pagoda.vectors.api.Query.Judged;
import dev.pagoda.vectors.api.Query.Pair;
import dev.pagoda.vectors.api.SearchParams;
import dev.pagoda.vectors.api.SparseConfig;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.api.VectorValue.Dense;
import dev.pagoda.vectors.api.VectorValue.Sparse;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Every goal of a query against its formula worked out in doubles for all points, one by one.
class GoalModelTest {
    private static final int POINTS = 80;
    private static final int DIMENSIONS = 6;
    private static final int SPARSE_INDICES = 12;

    private final Catalogue catalogue = Catalogue.inMemory(2);
    private final Map<PointId, Model> all = new TreeMap<>();
    private Random random = new Random();
    private Distance distance = Distance.DOT;

    private record Model(double[] dense, Map<Integer, Double> sparse, List<Long> numbers, boolean isRed) {}

    @AfterEach
    void close() {
        catalogue.close();
    }

    @ParameterizedTest
    @CsvSource({"1,COSINE", "2,DOT", "3,EUCLID", "4,MANHATTAN", "5,COSINE", "6,EUCLID"})
    void scoresAsTheFormulasSay(long seed, Distance metric) {
        random = new Random(seed);
        distance = metric;
        Collection docs = filled();
        for (int round = 0; round < 25; round++) {
            String at = "seed " + seed + " round " + round;
            recommends(docs, at);
            discovers(docs, at);
            followsFeedback(docs, at);
            diversifies(docs, at);
            weighsWords(docs, at);
            fuses(docs, at);
            orders(docs, at);
            samples(docs, at);
        }
    }

    private Collection filled() {
        catalogue.create(
                "acme",
                "docs",
                new CollectionConfig(
                        Map.of("v", new DenseConfig(DIMENSIONS, distance)),
                        Map.of("s", new SparseConfig(true)),
                        new HnswConfig(8, 64, 10),
                        Map.of("n", "integer"),
                        Map.of()));
        Collection docs = catalogue.get("acme", "docs");
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < POINTS; i++) {
            float[] dense = vector();
            Sparse sparse = sparse();
            List<Long> numbers = random.longs(0, 20)
                    .distinct()
                    .limit(random.nextInt(3))
                    .boxed()
                    .toList();
            boolean isRed = random.nextBoolean();
            PointId id = PointId.of(i);
            points.add(new Point(
                    id,
                    Map.of("v", new Dense(dense), "s", sparse),
                    Map.of("n", numbers, "color", isRed ? "red" : "blue")));
            all.put(id, new Model(stored(dense), map(sparse), numbers, isRed));
        }
        docs.write(List.of(new Change.Upsert(points, Change.Mode.UPSERT, Filter.EVERYTHING)));
        return docs;
    }

    private void recommends(Collection docs, String at) {
        List<Example> positive = examples(1 + random.nextInt(3));
        List<Example> negative = examples(random.nextInt(3));
        Set<PointId> named = named(positive, negative);
        double[] target = new double[DIMENSIONS];
        for (int i = 0; i < DIMENSIONS; i++) {
            double good = mean(positive, i);
            target[i] = negative.isEmpty() ? good : 2 * good - mean(negative, i);
        }
        double[] asked = distance == Distance.COSINE ? unit(target) : target;
        boolean higher = distance.isHigherBetter();
        check(
                docs,
                new Goal.Recommend(positive, negative, Goal.Strategy.AVERAGE_VECTOR),
                truth(named, m -> higher ? similarity(m.dense, asked) : -similarity(m.dense, asked)),
                higher,
                at + " average");
        check(
                docs,
                new Goal.Recommend(positive, negative, Goal.Strategy.SUM_SCORES),
                truth(named, m -> sum(positive, m) - sum(negative, m)),
                true,
                at + " sum");
        check(
                docs,
                new Goal.Recommend(positive, negative, Goal.Strategy.BEST_SCORE),
                truth(named, m -> {
                    double good = best(positive, m);
                    double bad = best(negative, m);
                    return good > bad ? sigmoid(good) : -sigmoid(bad);
                }),
                true,
                at + " best");
    }

    private void discovers(Collection docs, String at) {
        Example target = example();
        List<Pair> pairs = IntStream.range(0, random.nextInt(4))
                .mapToObj(_ -> new Pair(example(), example()))
                .toList();
        List<Example> of = new ArrayList<>();
        pairs.forEach(pair -> of.addAll(List.of(pair.positive(), pair.negative())));
        check(
                docs,
                new Goal.Discover(target, pairs),
                truth(named(of, List.of(target)), m -> {
                    double rank = 0;
                    for (Pair pair : pairs) {
                        rank += Math.signum(sim(pair.positive(), m) - sim(pair.negative(), m));
                    }
                    return rank + sigmoid(sim(target, m));
                }),
                true,
                at + " discover");
        check(
                docs,
                new Goal.Context(pairs),
                truth(named(of, List.of()), m -> {
                    double loss = 0;
                    for (Pair pair : pairs) {
                        double lead = Math.min(0, sim(pair.positive(), m) - sim(pair.negative(), m) - Math.ulp(1f));
                        loss += lead / (1 - lead);
                    }
                    return loss;
                }),
                true,
                at + " context");
    }

    private void followsFeedback(Collection docs, String at) {
        Example target = example();
        List<Judged> judged = IntStream.range(0, 1 + random.nextInt(3))
                .mapToObj(_ -> new Judged(example(), random.nextInt(3)))
                .toList();
        check(
                docs,
                new Goal.Feedback(target, judged, 0.5f, 1.5f, 0.25f),
                truth(named(judged.stream().map(Judged::example).toList(), List.of(target)), m -> {
                    double score = 0.5 * sim(target, m);
                    for (Judged better : judged) {
                        for (Judged worse : judged) {
                            double confidence = better.score() - worse.score();
                            if (confidence > 0) {
                                score += Math.pow(confidence, 1.5)
                                        * 0.25
                                        * (sim(better.example(), m) - sim(worse.example(), m));
                            }
                        }
                    }
                    return score;
                }),
                true,
                at + " feedback");
    }

    private void diversifies(Collection docs, String at) {
        Example target = example();
        float diversity = random.nextInt(5) / 4f;
        Map<PointId, Double> relevance = truth(named(List.of(target), List.of()), m -> sim(target, m));
        List<PointId> pool = relevance.entrySet().stream()
                .sorted(Map.Entry.<PointId, Double>comparingByValue(Comparator.reverseOrder()))
                .limit(20)
                .map(Map.Entry::getKey)
                .toList();
        List<Hit> found = docs.query(
                Query.of(new Goal.Diverse(target, diversity, 20), "v", Filter.EVERYTHING, 8)
                        .withParams(SearchParams.DEFAULT.withExact(true)),
                false);
        List<PointId> left = new ArrayList<>(pool);
        List<PointId> picked = new ArrayList<>();
        for (Hit hit : found) {
            assertTrue(left.contains(hit.id()), at);
            ToDoubleFunction<PointId> worth = id -> {
                double near = picked.stream()
                        .mapToDouble(other -> similarity(model(id).dense, model(other).dense))
                        .max()
                        .orElse(0);
                return picked.isEmpty()
                        ? relevance.getOrDefault(id, 0.0)
                        : (1 - diversity) * relevance.getOrDefault(id, 0.0) - diversity * near;
            };
            double best = left.stream().mapToDouble(worth).max().orElseThrow();
            assertEquals(best, worth.applyAsDouble(hit.id()), 1e-3, at + " mmr");
            assertEquals(
                    distance.isHigherBetter()
                            ? relevance.getOrDefault(hit.id(), 0.0)
                            : -relevance.getOrDefault(hit.id(), 0.0),
                    hit.score(),
                    1e-3,
                    at);
            picked.add(hit.id());
            left.remove(hit.id());
        }
        assertEquals(8, found.size(), at);
    }

    private void weighsWords(Collection docs, String at) {
        Map<Integer, Double> query = map(sparse());
        Filter red = Filter.all(Condition.equal("color", "red"));
        boolean isScoped = random.nextBoolean();
        List<Model> corpus =
                all.values().stream().filter(m -> !isScoped || m.isRed).toList();
        Map<PointId, Double> truth = new TreeMap<>();
        all.forEach((id, m) -> {
            double score = 0;
            boolean shares = false;
            for (Map.Entry<Integer, Double> word : query.entrySet()) {
                Double weight = m.sparse.get(word.getKey());
                if (weight != null) {
                    long having = corpus.stream()
                            .filter(each -> each.sparse.containsKey(word.getKey()))
                            .count();
                    shares = true;
                    score += word.getValue() * weight * Math.log(1 + (corpus.size() - having + 0.5) / (having + 0.5));
                }
            }
            if (shares) {
                truth.put(id, score);
            }
        });
        int[] indices = query.keySet().stream().mapToInt(i -> i).sorted().toArray();
        float[] values = new float[indices.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = query.getOrDefault(indices[i], 0.0).floatValue();
        }
        SearchParams params = new SearchParams(
                0,
                false,
                false,
                SearchParams.Quantization.DEFAULT,
                null,
                isScoped ? new SearchParams.Idf(red) : null,
                false);
        Query asked = Query.nearest("s", new Sparse(indices, values), Filter.EVERYTHING, 10)
                .withParams(params);
        check(docs.query(asked, false), truth, 10, true, at + " idf");
    }

    private void fuses(Collection docs, String at) {
        Query near = Query.nearest("v", new Dense(vector()), Filter.EVERYTHING, 15)
                .withParams(SearchParams.DEFAULT.withExact(true));
        Query words = Query.nearest("s", sparse(), Filter.EVERYTHING, 7);
        List<List<Hit>> sources = List.of(docs.query(near, false), docs.query(words, false));
        List<Float> weights = List.of(random.nextInt(4) * 1f, 0.5f);
        int k = 1 + random.nextInt(60);
        Map<PointId, Double> ranks = new HashMap<>();
        Map<PointId, Double> scaled = new HashMap<>();
        for (int s = 0; s < 2; s++) {
            List<Hit> hits = sources.get(s);
            double mean = hits.stream().mapToDouble(Hit::score).average().orElse(0);
            double deviation = Math.sqrt(hits.stream()
                            .mapToDouble(hit -> Math.pow(hit.score() - mean, 2))
                            .sum()
                    / (hits.size() - 1));
            for (int i = 0; i < hits.size(); i++) {
                double weight = weights.get(s);
                ranks.merge(hits.get(i).id(), weight == 0 ? 0 : 1 / ((i + 1) / weight + k - 1), Double::sum);
                scaled.merge(
                        hits.get(i).id(),
                        hits.size() < 2 || deviation == 0
                                ? 0.5
                                : (hits.get(i).score() - (mean - 3 * deviation)) / (6 * deviation),
                        Double::sum);
            }
        }
        List<Query> prefetch = List.of(near, words);
        check(
                docs.query(Query.over(prefetch, new Goal.ReciprocalRank(k, weights), "", 6), false),
                ranks,
                6,
                true,
                at + " rrf");
        check(docs.query(Query.fusedByDistribution(prefetch, 6), false), scaled, 6, true, at + " dbsf");
    }

    private void orders(Collection docs, String at) {
        boolean descending = random.nextBoolean();
        Long from = random.nextBoolean() ? random.nextLong(20) : null;
        List<Long> expected = new ArrayList<>();
        all.values().forEach(m -> expected.addAll(m.numbers));
        expected.removeIf(n -> from != null && (descending ? n > from : n < from));
        expected.sort(descending ? Comparator.reverseOrder() : Comparator.naturalOrder());
        Goal goal = new Goal.Ordered(new OrderBy(KeyPath.parse("n"), descending, from));
        List<Hit> found = docs.query(Query.of(goal, "", Filter.EVERYTHING, 30), false);
        assertEquals(
                expected.subList(0, Math.min(30, expected.size())),
                found.stream().map(Hit::orderValue).toList(),
                at);
        assertEquals(found, docs.query(Query.of(goal, "", Filter.EVERYTHING, 30), false), at);
        for (Hit hit : found) {
            assertTrue(model(hit.id()).numbers.contains(hit.orderValue()), at);
        }
    }

    private void samples(Collection docs, String at) {
        Filter red = Filter.all(Condition.equal("color", "red"));
        List<Hit> found = docs.query(Query.of(new Goal.Sample(), "", red, 12), false);
        Set<PointId> ids = new HashSet<>();
        found.forEach(hit -> ids.add(hit.id()));
        assertEquals(12, ids.size(), at);
        assertTrue(ids.stream().allMatch(id -> model(id).isRed), at);
        assertFalse(found.equals(docs.query(Query.of(new Goal.Sample(), "", red, 12), false)), at);
    }

    private void check(Collection docs, Goal goal, Map<PointId, Double> truth, boolean higher, String at) {
        int limit = 1 + random.nextInt(12);
        Query query = Query.of(goal, "v", Filter.EVERYTHING, limit).withParams(SearchParams.DEFAULT.withExact(true));
        List<Hit> found = docs.query(query, false);
        check(found, truth, limit, higher, at);
        assertEquals(found, docs.query(query, false), at);
        Query everything = Query.of(new Goal.ById(), "", Filter.EVERYTHING, 1_000);
        Query rescored = Query.over(List.of(everything), goal, "v", limit);
        assertEquals(found, docs.query(rescored, false), at + " over a prefetch");
        Filter red = Filter.all(Condition.equal("color", "red"));
        Map<PointId, Double> reds = new HashMap<>(truth);
        reds.keySet().removeIf(id -> !model(id).isRed);
        check(docs.query(query.withFilter(red), false), reds, limit, higher, at + " filtered");
    }

    private static void check(List<Hit> found, Map<PointId, Double> truth, int limit, boolean higher, String at) {
        List<Double> best = truth.values().stream()
                .sorted(higher ? Comparator.reverseOrder() : Comparator.naturalOrder())
                .limit(limit)
                .toList();
        assertEquals(best.size(), found.size(), at);
        Set<PointId> seen = new HashSet<>();
        for (int i = 0; i < best.size(); i++) {
            Hit hit = found.get(i);
            double margin = 1e-4 * Math.max(1, Math.abs(best.get(i)));
            assertTrue(seen.add(hit.id()), at);
            assertEquals(best.get(i), hit.score(), margin, at + " place " + i);
            assertEquals(truth.getOrDefault(hit.id(), Double.NaN), hit.score(), margin, at + " place " + i);
        }
    }

    private Map<PointId, Double> truth(Set<PointId> without, ToDoubleFunction<Model> score) {
        Map<PointId, Double> truth = new TreeMap<>();
        all.forEach((id, model) -> {
            if (!without.contains(id)) {
                truth.put(id, score.applyAsDouble(model));
            }
        });
        return truth;
    }

    private double sum(List<Example> examples, Model m) {
        return examples.stream().mapToDouble(each -> sim(each, m)).sum();
    }

    private double best(List<Example> examples, Model m) {
        return examples.stream().mapToDouble(each -> sim(each, m)).max().orElse(Double.NEGATIVE_INFINITY);
    }

    private double mean(List<Example> examples, int dimension) {
        return examples.stream()
                .mapToDouble(each -> values(each)[dimension])
                .average()
                .orElse(0);
    }

    private double sim(Example example, Model m) {
        return similarity(m.dense, values(example));
    }

    private double[] values(Example example) {
        return switch (example) {
            case Example.Stored(PointId id) -> model(id).dense;
            case Example.Given(VectorValue vector) ->
                vector instanceof Dense(float[] values) ? stored(values) : new double[DIMENSIONS];
        };
    }

    private Model model(PointId id) {
        Model model = all.get(id);
        if (model == null) {
            throw new AssertionError("no point " + id);
        }
        return model;
    }

    private double similarity(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += switch (distance) {
                case COSINE, DOT -> a[i] * b[i];
                case EUCLID -> (a[i] - b[i]) * (a[i] - b[i]);
                case MANHATTAN -> Math.abs(a[i] - b[i]);
            };
        }
        return switch (distance) {
            case COSINE, DOT -> sum;
            case EUCLID -> -Math.sqrt(sum);
            case MANHATTAN -> -sum;
        };
    }

    private double[] stored(float[] values) {
        double[] copy =
                IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
        return distance == Distance.COSINE ? unit(copy) : copy;
    }

    private static double[] unit(double[] values) {
        double norm = Math.sqrt(IntStream.range(0, values.length)
                .mapToDouble(i -> values[i] * values[i])
                .sum());
        return IntStream.range(0, values.length)
                .mapToDouble(i -> values[i] / norm)
                .toArray();
    }

    private static double sigmoid(double x) {
        return Double.isInfinite(x) ? (x > 0 ? 1 : 0) : 0.5 * (x / (1 + Math.abs(x)) + 1);
    }

    private Set<PointId> named(List<Example> some, List<Example> others) {
        Set<PointId> named = new HashSet<>();
        for (List<Example> examples : List.of(some, others)) {
            for (Example example : examples) {
                if (example instanceof Example.Stored(PointId id)) {
                    named.add(id);
                }
            }
        }
        return named;
    }

    private List<Example> examples(int count) {
        return IntStream.range(0, count).mapToObj(_ -> example()).toList();
    }

    private Example example() {
        return random.nextBoolean() ? Example.of(PointId.of(random.nextInt(POINTS))) : Example.of(new Dense(vector()));
    }

    private float[] vector() {
        float[] values = new float[DIMENSIONS];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private Sparse sparse() {
        int[] indices = random.ints(0, SPARSE_INDICES)
                .distinct()
                .limit(1 + random.nextInt(5))
                .sorted()
                .toArray();
        float[] values = new float[indices.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat() + 0.1f;
        }
        return new Sparse(indices, values);
    }

    private static Map<Integer, Double> map(Sparse sparse) {
        Map<Integer, Double> map = new HashMap<>();
        for (int i = 0; i < sparse.indices().length; i++) {
            map.put(sparse.indices()[i], (double) sparse.values()[i]);
        }
        return map;
    }
}
