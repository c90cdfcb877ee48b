package dev.pagoda.vectors;

import dev.pagoda.governance.api.StatusQuery;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Registration;
import dev.pagoda.vectors.api.CollectionChanged;
import dev.pagoda.vectors.api.CountPoints;
import dev.pagoda.vectors.api.CreateCollection;
import dev.pagoda.vectors.api.DeleteCollection;
import dev.pagoda.vectors.api.DeletePoints;
import dev.pagoda.vectors.api.ExplainedHits;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Hits;
import dev.pagoda.vectors.api.PointCount;
import dev.pagoda.vectors.api.PointsWritten;
import dev.pagoda.vectors.api.QueryPoints;
import dev.pagoda.vectors.api.ScrollPage;
import dev.pagoda.vectors.api.ScrollPoints;
import dev.pagoda.vectors.api.UpsertPoints;
import dev.pagoda.vectors.api.Vectors;
import dev.pagoda.vectors.api.VectorsStatus;
import dev.pagoda.vectors.api.VectorsStatus.CollectionStatus;
import dev.pagoda.vectors.api.VectorsStatus.Field;
import dev.pagoda.vectors.collection.Catalogue;
import dev.pagoda.vectors.collection.Change;
import dev.pagoda.vectors.collection.Collection;
import dev.pagoda.vectors.collection.Refusals;
import dev.pagoda.vectors.collection.Services;
import dev.pagoda.vectors.kernel.Kernels;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// Answers the ports of [Vectors] from the catalogue, off the event loop.
final class VectorPorts {
    private final Vertx vertx;
    private final Services services;
    private final List<Registration> served = new ArrayList<>();

    VectorPorts(Vertx vertx, Services services) {
        this.vertx = vertx;
        this.services = services;
    }

    void serve(Bus bus) {
        served.add(bus.serve(Vectors.CREATE_COLLECTION, this::create));
        served.add(bus.serve(Vectors.DELETE_COLLECTION, this::drop));
        served.add(bus.serve(Vectors.UPSERT, this::upsert));
        served.add(bus.serve(Vectors.DELETE_POINTS, this::delete));
        served.add(bus.serve(Vectors.QUERY, this::query));
        served.add(bus.serve(Vectors.EXPLAIN, this::explain));
        served.add(bus.serve(Vectors.COUNT, this::count));
        served.add(bus.serve(Vectors.SCROLL, this::scroll));
        served.add(bus.serve(Vectors.STATUS, this::status));
    }

    Future<Void> withdraw() {
        return Future.join(served.stream().map(Registration::withdraw).toList()).mapEmpty();
    }

    private Future<CollectionChanged> create(CreateCollection question, Call call) {
        Catalogue catalogue = services.catalogue();
        return answer(services.write(
                call,
                () -> question.ifAbsent()
                        ? catalogue.createIfAbsent(call.tenant(), question.collection(), question.config())
                        : Optional.of(catalogue.create(call.tenant(), question.collection(), question.config())),
                done -> new CollectionChanged(done.isPresent())));
    }

    private Future<CollectionChanged> drop(DeleteCollection question, Call call) {
        return answer(services.write(
                call,
                () -> services.catalogue().drop(call.tenant(), question.collection()),
                done -> new CollectionChanged(done.isPresent())));
    }

    private Future<PointsWritten> upsert(UpsertPoints question, Call call) {
        Change change = new Change.Upsert(question.points(), Change.Mode.UPSERT, Filter.EVERYTHING);
        return write(question.collection(), change, call)
                .onSuccess(_ -> services.stored(call, question.points().size()));
    }

    private Future<PointsWritten> delete(DeletePoints question, Call call) {
        return write(question.collection(), new Change.Delete(question.selector()), call);
    }

    private Future<PointsWritten> write(String collection, Change change, Call call) {
        return answer(services.write(
                call, () -> Optional.of(collection(collection, call).write(List.of(change))), VectorPorts::written));
    }

    private static PointsWritten written(Optional<Long> sequence) {
        return new PointsWritten(sequence.orElse(0L));
    }

    private Future<Hits> query(QueryPoints question, Call call) {
        return answer(services.query(
                call,
                () -> new Hits(services.queries()
                        .run(call.tenant(), question.collection(), question.query(), question.withVectors()))));
    }

    private Future<ExplainedHits> explain(QueryPoints question, Call call) {
        return answer(services.query(
                call,
                () -> services.queries()
                        .explain(call.tenant(), question.collection(), question.query(), question.withVectors())));
    }

    private Future<PointCount> count(CountPoints question, Call call) {
        return answer(services.read(
                call,
                () -> new PointCount(collection(question.collection(), call).count(question.filter()))));
    }

    private Future<ScrollPage> scroll(ScrollPoints question, Call call) {
        return answer(services.read(
                call,
                () -> collection(question.collection(), call)
                        .scroll(question.filter(), question.from(), question.limit(), question.withVectors())));
    }

    private Future<VectorsStatus> status(StatusQuery question, Call call) {
        Catalogue catalogue = services.catalogue();
        List<Collection> visible = call.principal().isPlatform() ? catalogue.list() : catalogue.list(call.tenant());
        return Future.succeededFuture(new VectorsStatus(
                visible.stream().map(VectorPorts::status).toList(),
                Kernels.best().name()));
    }

    private static CollectionStatus status(Collection collection) {
        List<Field> fields = new ArrayList<>();
        collection
                .config()
                .dense()
                .forEach((name, field) -> fields.add(
                        new Field(name, field.size(), field.distance().name().toLowerCase(Locale.ROOT))));
        collection.config().sparse().forEach((name, _) -> fields.add(new Field(name, 0, "dot")));
        return new CollectionStatus(
                collection.tenant(),
                collection.name(),
                collection.points(),
                fields,
                collection.bytes(),
                collection.queries(),
                collection.writes());
    }

    private Collection collection(String name, Call call) {
        return services.catalogue().get(call.tenant(), name);
    }

    private <T> Future<T> answer(CompletableFuture<T> result) {
        return Future.fromCompletionStage(result, vertx.getOrCreateContext())
                .recover(failure -> Future.failedFuture(Refusals.cause(failure)));
    }
}
