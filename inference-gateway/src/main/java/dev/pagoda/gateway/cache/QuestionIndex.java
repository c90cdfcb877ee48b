package dev.pagoda.gateway.cache;

import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.CreateCollection;
import dev.pagoda.vectors.api.DeleteCollection;
import dev.pagoda.vectors.api.DeletePoints;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.QueryPoints;
import dev.pagoda.vectors.api.Selector;
import dev.pagoda.vectors.api.UpsertPoints;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.api.Vectors;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// What questions mean, in a collection of each tenant's own: one point a cached answer.
///
/// Answers are in memory and do not survive a restart, so the first use of a collection begins it anew.
/// Safe from any thread.
final class QuestionIndex {
    private static final String PREFIX = "pagoda-cache-";
    private static final String FAMILY = "family";
    private static final String REQUEST = "request";

    private final Bus bus;

    /// Collections begun since the start, by tenant and size of vectors. As many as there are tenants with a policy.
    private final Map<String, Future<Boolean>> begun = new ConcurrentHashMap<>();

    QuestionIndex(Bus bus) {
        this.bus = bus;
    }

    /// The cached request that means most nearly the same.
    ///
    /// @param score cosine of the two
    record Nearest(String request, float score) {}

    Future<Optional<Nearest>> nearest(String family, float[] vector, Call call) {
        var query = Query.nearest(
                VectorValue.UNNAMED, new VectorValue.Dense(vector), Filter.all(Condition.equal(FAMILY, family)), 1);
        return ready(vector.length, call)
                .compose(ready -> bus.ask(Vectors.QUERY, new QueryPoints(name(vector.length), query, false), call))
                .map(hits -> hits.hits().stream()
                        .findFirst()
                        .flatMap(hit -> hit.payload().get(REQUEST) instanceof String request
                                ? Optional.of(new Nearest(request, hit.score()))
                                : Optional.empty()));
    }

    Future<Void> add(String request, String family, float[] vector, Call call) {
        Point point = Point.of(id(request), new VectorValue.Dense(vector), Map.of(FAMILY, family, REQUEST, request));
        return ready(vector.length, call)
                .compose(ready -> bus.ask(Vectors.UPSERT, new UpsertPoints(name(vector.length), List.of(point)), call))
                .mapEmpty();
    }

    /// Forgets a question whose answer is gone, in whichever of the tenant's collections it is.
    Future<Void> remove(String request, Call call) {
        var removals = begun.keySet().stream()
                .filter(key -> key.startsWith(call.tenant() + "\0"))
                .map(key -> bus.ask(
                        Vectors.DELETE_POINTS,
                        new DeletePoints(
                                PREFIX + key.substring(key.indexOf('\0') + 1), new Selector.Ids(List.of(id(request)))),
                        call))
                .toList();
        return Future.join(removals).mapEmpty();
    }

    private Future<Boolean> ready(int size, Call call) {
        String key = call.tenant() + "\0" + size;
        // one beginning at a time: who comes meanwhile waits for the same
        return begun.compute(key, (k, before) -> before == null || before.failed() ? begin(size, call) : before);
    }

    private Future<Boolean> begin(int size, Call call) {
        return bus.ask(Vectors.DELETE_COLLECTION, new DeleteCollection(name(size)), call)
                .map(true)
                .recover(absent -> absent instanceof Refused refused
                                && refused.refusal().code().equals("collection_not_found")
                        ? Future.succeededFuture(true)
                        : Future.failedFuture(absent))
                .compose(gone -> bus.ask(
                        Vectors.CREATE_COLLECTION,
                        new CreateCollection(name(size), CollectionConfig.of(size, Distance.COSINE), true),
                        call))
                .map(true);
    }

    private static String name(int size) {
        return PREFIX + size;
    }

    private static PointId id(String request) {
        return PointId.ofUuid(request.substring(0, 32));
    }
}
