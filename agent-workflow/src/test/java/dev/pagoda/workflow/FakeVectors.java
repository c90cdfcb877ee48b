package dev.pagoda.workflow;

import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.vectors.api.CollectionChanged;
import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.Condition.Match;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Hit;
import dev.pagoda.vectors.api.Hits;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.PointsWritten;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.Query.Goal;
import dev.pagoda.vectors.api.QueryPoints;
import dev.pagoda.vectors.api.Selector;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.api.Vectors;
import io.vertx.core.Future;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/// A vector store in memory with the ports that knowledge bases use: exact search, words counted once,
/// reciprocal ranks.
final class FakeVectors {
    private final Map<String, TreeMap<PointId, Point>> collections = new ConcurrentHashMap<>();
    private long operations;

    void serve(Bus bus) {
        bus.serve(
                Vectors.CREATE_COLLECTION,
                (asked, call) -> Future.succeededFuture(new CollectionChanged(
                        collections.putIfAbsent(key(asked.collection(), call), new TreeMap<>()) == null)));
        bus.serve(
                Vectors.DELETE_COLLECTION,
                (asked, call) -> Future.succeededFuture(
                        new CollectionChanged(collections.remove(key(asked.collection(), call)) != null)));
        bus.serve(Vectors.UPSERT, (asked, call) -> {
            asked.points().forEach(point -> points(asked.collection(), call).put(point.id(), point));
            return Future.succeededFuture(new PointsWritten(++operations));
        });
        bus.serve(Vectors.DELETE_POINTS, (asked, call) -> {
            if (!(asked.selector() instanceof Selector.Matching(var filter))) {
                throw new UnsupportedOperationException("only by filter");
            }
            points(asked.collection(), call).values().removeIf(point -> matches(filter, point));
            return Future.succeededFuture(new PointsWritten(++operations));
        });
        bus.serve(Vectors.QUERY, (asked, call) -> Future.succeededFuture(query(asked, call)));
    }

    int size() {
        return collections.values().stream().mapToInt(Map::size).sum();
    }

    int collections() {
        return collections.size();
    }

    private static String key(String collection, Call call) {
        return call.tenant() + "/" + collection;
    }

    private Map<PointId, Point> points(String collection, Call call) {
        var points = collections.get(key(collection, call));
        if (points == null) {
            throw new Refused(Reason.NOT_FOUND, "collection_not_found", collection);
        }
        return points;
    }

    private Hits query(QueryPoints asked, Call call) {
        var points = points(asked.collection(), call);
        var scores = new HashMap<PointId, Double>();
        if (!(asked.query().goal() instanceof Goal.ReciprocalRank(var k, var _))) {
            throw new UnsupportedOperationException("only fusion by rank");
        }
        for (var prefetch : asked.query().prefetch()) {
            var ranked = ranked(points, prefetch);
            for (int i = 0; i < ranked.size(); i++) {
                scores.merge(ranked.get(i), 1.0 / (k + i), Double::sum);
            }
        }
        return new Hits(best(scores, asked.query().limit()).stream()
                .map(id -> hit(points, id, scores.getOrDefault(id, 0.0)))
                .toList());
    }

    private static Hit hit(Map<PointId, Point> points, PointId id, double score) {
        var point = points.get(id);
        if (point == null) {
            throw new IllegalStateException("no point " + id);
        }
        return new Hit(id, 1, (float) score, point.payload(), point.vectors());
    }

    private static List<PointId> ranked(Map<PointId, Point> points, Query query) {
        if (!(query.goal() instanceof Goal.Nearest(var wanted))) {
            throw new UnsupportedOperationException("only the nearest");
        }
        var scores = new HashMap<PointId, Double>();
        points.forEach((id, point) -> {
            var has = point.vectors().get(query.using());
            if (has instanceof VectorValue.Dense(var a) && wanted instanceof VectorValue.Dense(var b)) {
                scores.put(id, dot(a, b));
            } else if (has instanceof VectorValue.Text(var a, var _)
                    && wanted instanceof VectorValue.Text(var b, var _)) {
                double shared = FakeGateway.words(b).stream()
                        .filter(FakeGateway.words(a)::contains)
                        .count();
                if (shared > 0) {
                    scores.put(id, shared);
                }
            }
        });
        return best(scores, query.limit());
    }

    private static List<PointId> best(Map<PointId, Double> scores, int limit) {
        return scores.entrySet().stream()
                .sorted(Map.Entry.<PointId, Double>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(limit)
                .map(Map.Entry::getKey)
                .toList();
    }

    private static boolean matches(Filter filter, Point point) {
        return filter.must().stream().allMatch(condition -> holds(condition, point))
                && filter.mustNot().stream().noneMatch(condition -> holds(condition, point));
    }

    private static boolean holds(Condition condition, Point point) {
        if (condition instanceof Condition.Matches(KeyPath key, Match.AnyOf(var values))
                && key.steps().getFirst() instanceof KeyPath.Step.Key(var name)) {
            var value = point.payload().get(name);
            return value != null && values.contains(value);
        }
        throw new UnsupportedOperationException("only one of several texts");
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
