package dev.pagoda.vectors.qdrant;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Hit;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.ScrollPage;
import dev.pagoda.vectors.collection.Change;
import dev.pagoda.vectors.collection.Collection;
import dev.pagoda.vectors.collection.Refusals;
import dev.pagoda.vectors.collection.Services;
import dev.pagoda.vectors.collection.Written;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The paths of Qdrant. A handler takes the request apart on the event loop; parsing the body, the work and writing the
/// answer happen on the store's own threads. A write is answered once it is on disk, whatever `wait` says.
public final class QdrantRoutes {
    private static final String POINTS = "/collections/:name/points";

    private final Vertx vertx;
    private final Supplier<Services> services;

    /// @param services the store; refuses with `Refused` while it is not running
    public QdrantRoutes(Vertx vertx, Supplier<Services> services) {
        this.vertx = vertx;
        this.services = services;
    }

    /// A request, apart from its body.
    private record Request(Call call, String collection, Buffer body, boolean waits, long startNanos) {
        <T> T read(Json.Reader<T> reader) {
            return Json.body(body, reader);
        }
    }

    /// Puts `/` and everything below `/collections` and `/aliases` on the shared port.
    public void mount(Router root, HttpFloor http, long maxBodyBytes, Duration maxWait) {
        root.get("/").handler(ServerTitle::answer);
        Router surface = http.surface(Faults.FORM, maxBodyBytes, maxWait);
        collections(surface);
        points(surface);
        searches(surface);
        HttpFloor.mount(root, surface, "/collections", "/aliases");
    }

    private void collections(Router surface) {
        read(surface, HttpMethod.GET, "/collections", this::listCollections);
        read(surface, HttpMethod.GET, "/aliases", _ -> QdrantRoutes::noAliases);
        read(surface, HttpMethod.GET, "/collections/:name/aliases", request -> {
            collection(request);
            return QdrantRoutes::noAliases;
        });
        read(surface, HttpMethod.GET, "/collections/:name/exists", request -> {
            boolean exists = services.get()
                    .catalogue()
                    .find(request.call().tenant(), request.collection())
                    .isPresent();
            return out -> {
                out.writeStartObject();
                out.writeBooleanField("exists", exists);
                out.writeEndObject();
            };
        });
        read(surface, HttpMethod.GET, "/collections/:name", request -> CollectionInfo.of(collection(request)));
        write(surface, HttpMethod.PUT, "/collections/:name", this::create, (_, out) -> out.writeBoolean(true));
        write(surface, HttpMethod.PATCH, "/collections/:name", this::update, (_, out) -> out.writeBoolean(true));
        write(
                surface,
                HttpMethod.DELETE,
                "/collections/:name",
                request -> services.get().catalogue().drop(request.call().tenant(), request.collection()),
                (done, out) -> out.writeBoolean(done.isPresent()));
        change(surface, HttpMethod.PUT, "/collections/:name/index", this::createIndex);
        surface.delete("/collections/:name/index/:field").handler(ctx -> {
            String field = ctx.pathParam("field");
            serveChange(
                    ctx,
                    request -> configure(request, config -> {
                        Map<String, @Nullable Object> schema = new LinkedHashMap<>(config.payloadSchema());
                        schema.remove(field);
                        return config.withPayloadSchema(schema);
                    }));
        });
    }

    private void points(Router surface) {
        change(surface, HttpMethod.PUT, POINTS, this::upsert);
        edit(surface, HttpMethod.POST, POINTS + "/delete", PointBodies::delete);
        edit(surface, HttpMethod.POST, POINTS + "/payload", PointBodies::setPayload);
        edit(surface, HttpMethod.PUT, POINTS + "/payload", PointBodies::overwritePayload);
        edit(surface, HttpMethod.POST, POINTS + "/payload/delete", PointBodies::deletePayload);
        edit(surface, HttpMethod.POST, POINTS + "/payload/clear", PointBodies::clearPayload);
        edit(surface, HttpMethod.PUT, POINTS + "/vectors", PointBodies::updateVectors);
        edit(surface, HttpMethod.POST, POINTS + "/vectors/delete", PointBodies::deleteVectors);
        surface.post(POINTS + "/batch").handler(this::batch);
        read(surface, HttpMethod.POST, POINTS, request -> {
            QueryBodies.Retrieve asked = request.read(QueryBodies.Retrieve::read);
            List<Hit> hits =
                    collection(request).retrieve(asked.ids(), asked.selection().vectors());
            return out -> Reply.records(out, hits, asked.selection());
        });
        surface.get(POINTS + "/:id").handler(ctx -> {
            String id = ctx.pathParam("id");
            serve(ctx, request -> getPoint(request, pathId(id)));
        });
        read(surface, HttpMethod.POST, POINTS + "/scroll", this::scroll);
        read(surface, HttpMethod.POST, POINTS + "/count", request -> {
            Filter filter = request.read(QueryBodies::count);
            long count = collection(request).count(filter);
            return out -> {
                out.writeStartObject();
                out.writeNumberField("count", count);
                out.writeEndObject();
            };
        });
    }

    private void searches(Router surface) {
        query(surface, POINTS + "/query", request -> {
            QueryBodies.Asked asked = request.read(QueryBodies::query);
            List<Hit> hits = hits(request, asked);
            return out -> wrapped(out, hits, asked.selection());
        });
        query(surface, POINTS + "/search", request -> {
            QueryBodies.Asked asked = request.read(QueryBodies::search);
            List<Hit> hits = hits(request, asked);
            return out -> Reply.scored(out, hits, asked.selection());
        });
        query(surface, POINTS + "/query/batch", request -> {
            List<QueryBodies.Asked> all = request.read(in -> QueryBodies.batch(in, QueryBodies::query));
            return batch(request, all, QdrantRoutes::wrapped);
        });
        query(surface, POINTS + "/search/batch", request -> {
            List<QueryBodies.Asked> all = request.read(in -> QueryBodies.batch(in, QueryBodies::search));
            return batch(request, all, Reply::scored);
        });
    }

    private Reply.Content listCollections(Request request) {
        List<String> names = services.get().catalogue().list(request.call().tenant()).stream()
                .map(Collection::name)
                .toList();
        return out -> {
            out.writeStartObject();
            out.writeArrayFieldStart("collections");
            for (String name : names) {
                out.writeStartObject();
                out.writeStringField("name", name);
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
        };
    }

    private static void noAliases(JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeArrayFieldStart("aliases");
        out.writeEndArray();
        out.writeEndObject();
    }

    private Optional<Written> create(Request request) {
        CollectionConfig config = Configs.create(request.read(Json::map));
        return Optional.of(services.get().catalogue().create(request.call().tenant(), request.collection(), config));
    }

    private Optional<Written> update(Request request) {
        Map<String, @Nullable Object> body = request.read(Json::map);
        return configure(request, config -> Configs.update(config, body));
    }

    private Optional<Written> createIndex(Request request) {
        Map<String, @Nullable Object> body = request.read(Json::map);
        return configure(request, config -> config.withPayloadSchema(Configs.withIndex(config, body)));
    }

    private Optional<Written> configure(Request request, UnaryOperator<CollectionConfig> change) {
        return Optional.of(collection(request).configure(change));
    }

    private Optional<Written> upsert(Request request) {
        Change change = request.read(PointBodies::upsert);
        Optional<Written> written = Optional.of(collection(request).write(List.of(change)));
        countPoints(List.of(change));
        return written;
    }

    private void batch(RoutingContext ctx) {
        int[] operations = {0};
        serveWrite(
                ctx,
                request -> {
                    List<Change> changes = request.read(PointBodies::operations);
                    operations[0] = changes.size();
                    Optional<Written> written = Optional.of(collection(request).write(changes));
                    countPoints(changes);
                    return written;
                },
                (done, waited, out) -> {
                    out.writeStartArray();
                    for (int i = 0; i < operations[0]; i++) {
                        Reply.updateResult(out, done.orElse(0L), waited);
                    }
                    out.writeEndArray();
                });
    }

    private void countPoints(List<Change> changes) {
        for (Change change : changes) {
            if (change instanceof Change.Upsert upsert) {
                services.get().meters().points().increment(upsert.points().size());
            }
        }
    }

    private Reply.Content getPoint(Request request, PointId id) {
        List<Hit> found = collection(request).retrieve(List.of(id), true);
        if (found.isEmpty()) {
            throw Refusals.pointNotFound("Point with id " + id + " does not exists!");
        }
        return out -> Reply.record(out, found.getFirst(), Selection.of(true, true));
    }

    private Reply.Content scroll(Request request) {
        QueryBodies.Scroll asked = request.read(QueryBodies.Scroll::read);
        ScrollPage page = collection(request)
                .scroll(
                        asked.filter(),
                        asked.from(),
                        asked.limit(),
                        asked.selection().vectors());
        return out -> {
            out.writeStartObject();
            out.writeFieldName("points");
            Reply.records(out, page.points(), asked.selection());
            out.writeFieldName("next_page_offset");
            PointId next = page.next();
            if (next == null) {
                out.writeNull();
            } else {
                Reply.id(out, next);
            }
            out.writeEndObject();
        };
    }

    private List<Hit> hits(Request request, QueryBodies.Asked asked) {
        return collection(request)
                .query(
                        asked.query(),
                        asked.selection().vectors(),
                        services.get().recall());
    }

    private Reply.Content batch(Request request, List<QueryBodies.Asked> all, HitsWriter writer) {
        List<List<Hit>> results = new ArrayList<>(all.size());
        for (QueryBodies.Asked asked : all) {
            results.add(hits(request, asked));
        }
        return out -> {
            out.writeStartArray();
            for (int i = 0; i < all.size(); i++) {
                writer.write(out, results.get(i), all.get(i).selection());
            }
            out.writeEndArray();
        };
    }

    private interface HitsWriter {
        void write(JsonGenerator out, List<Hit> hits, Selection selection) throws IOException;
    }

    private static void wrapped(JsonGenerator out, List<Hit> hits, Selection selection) throws IOException {
        out.writeStartObject();
        out.writeFieldName("points");
        Reply.scored(out, hits, selection);
        out.writeEndObject();
    }

    private Collection collection(Request request) {
        return services.get().catalogue().get(request.call().tenant(), request.collection());
    }

    private static PointId pathId(String text) {
        try {
            if (!text.isEmpty() && text.length() <= 20 && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
                BigInteger number = new BigInteger(text);
                if (number.bitLength() <= Long.SIZE) {
                    return PointId.of(number.longValue());
                }
            }
            return PointId.ofUuid(text);
        } catch (IllegalArgumentException noUuid) {
            throw Faults.badRequest("Can not recognize \"" + text + "\" as point id");
        }
    }

    private void read(Router surface, HttpMethod method, String path, Function<Request, Reply.Content> handler) {
        surface.route(method, path).handler(ctx -> serve(ctx, handler));
    }

    private void query(Router surface, String path, Function<Request, Reply.Content> handler) {
        surface.post(path)
                .handler(ctx -> answer(
                        ctx,
                        request -> services.get()
                                .query(request.call(), () -> Reply.ok(request.startNanos(), handler.apply(request)))));
    }

    private void serve(RoutingContext ctx, Function<Request, Reply.Content> handler) {
        answer(
                ctx,
                request -> services.get()
                        .read(request.call(), () -> Reply.ok(request.startNanos(), handler.apply(request))));
    }

    private interface Outcome {
        void write(Optional<Long> done, JsonGenerator out) throws IOException;
    }

    private interface WaitedOutcome {
        void write(Optional<Long> done, boolean waited, JsonGenerator out) throws IOException;
    }

    private void write(
            Router surface,
            HttpMethod method,
            String path,
            Function<Request, Optional<Written>> handler,
            Outcome outcome) {
        surface.route(method, path)
                .handler(ctx -> serveWrite(ctx, handler, (done, waited, out) -> outcome.write(done, out)));
    }

    private void change(Router surface, HttpMethod method, String path, Function<Request, Optional<Written>> handler) {
        surface.route(method, path).handler(ctx -> serveChange(ctx, handler));
    }

    private void edit(Router surface, HttpMethod method, String path, Json.Reader<Change> reader) {
        change(surface, method, path, request -> {
            Change change = request.read(reader);
            return Optional.of(collection(request).write(List.of(change)));
        });
    }

    private void serveChange(RoutingContext ctx, Function<Request, Optional<Written>> handler) {
        serveWrite(ctx, handler, (done, waited, out) -> Reply.updateResult(out, done.orElse(0L), waited));
    }

    private void serveWrite(RoutingContext ctx, Function<Request, Optional<Written>> handler, WaitedOutcome outcome) {
        answer(
                ctx,
                request -> services.get()
                        .write(
                                request.call(),
                                () -> handler.apply(request),
                                done -> Reply.ok(
                                        request.startNanos(), out -> outcome.write(done, request.waits(), out))));
    }

    private void answer(RoutingContext ctx, Function<Request, CompletableFuture<Buffer>> work) {
        CompletableFuture<Buffer> result;
        try {
            result = work.apply(request(ctx));
        } catch (Refused refused) {
            refuse(ctx, refused);
            return;
        }
        Future.fromCompletionStage(result, vertx.getOrCreateContext())
                .onSuccess(body -> ctx.response()
                        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                        .end(body))
                .onFailure(failure -> refuse(ctx, Refusals.cause(failure)));
    }

    private static Request request(RoutingContext ctx) {
        Parameters parameters = Parameters.of(ctx.queryParams());
        Buffer body = ctx.body().buffer();
        String collection = ctx.pathParam("name");
        Call call = HttpFloor.call(ctx);
        return new Request(
                parameters.timeout().map(wait -> earlier(call, wait)).orElse(call),
                collection == null ? "" : collection,
                body == null ? Buffer.buffer() : body,
                parameters.isWaiting(),
                System.nanoTime());
    }

    private static Call earlier(Call call, Duration wait) {
        return wait.compareTo(call.remaining()) < 0 ? Call.within(call.principal(), call.trace(), wait) : call;
    }

    private static void refuse(RoutingContext ctx, Throwable failure) {
        if (failure instanceof Refused refused
                && Faults.status(refused.refusal()) == 408
                && !ctx.response().ended()) {
            ctx.response()
                    .setStatusCode(408)
                    .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                    .end(Faults.FORM.body(408, refused.refusal()));
            return;
        }
        ctx.fail(failure);
    }
}
