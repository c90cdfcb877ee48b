package dev.pagoda.vectors.qdrant;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
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
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;

/// How a path is served: a handler takes the request apart on the event loop; parsing the body, the work and writing
/// the
/// answer happen on the store's own threads. A write is answered once it is on disk, whatever `wait` says.
final class Endpoints {
    static final String POINTS = "/collections/:name/points";

    private final Vertx vertx;
    private final Supplier<Services> services;

    /// What answers a method and path, for callers that do not come over HTTP.
    private final Map<String, Function<Request, CompletableFuture<Buffer>>> served = new ConcurrentHashMap<>();

    Endpoints(Vertx vertx, Supplier<Services> services) {
        this.vertx = vertx;
        this.services = services;
    }

    /// The store; refuses while it is not running.
    Services services() {
        return services.get();
    }

    /// A request, apart from its body.
    ///
    /// @param path     what stands for the names in the path
    /// @param encoding of the body and of the answer
    record Request(
            Services services,
            Call call,
            Map<String, String> path,
            JsonFactory encoding,
            Buffer body,
            boolean waits,
            long startNanos) {
        <T> T read(Json.Reader<T> reader) {
            return Json.body(encoding, body, reader);
        }

        /// The name of the collection, empty where the path has none.
        String name() {
            return path.getOrDefault("name", "");
        }

        private Buffer ok(Reply.Content content) {
            return Reply.ok(encoding, startNanos, content);
        }

        /// The collection that the path names.
        ///
        /// @throws Refused if there is none
        Collection collection() {
            return services.catalogue().get(call.tenant(), name());
        }
    }

    /// Serves a path, over HTTP and for callers in this process.
    void on(Router surface, HttpMethod method, String path, Function<Request, CompletableFuture<Buffer>> work) {
        served.put(method.name() + " " + path, work);
        surface.route(method, path).handler(ctx -> answer(ctx, work));
    }

    /// What answers a method and path, for example `GET /collections/:name`; empty if nothing does.
    Optional<Function<Request, CompletableFuture<Buffer>>> served(String methodAndPath) {
        return Optional.ofNullable(served.get(methodAndPath));
    }

    void read(Router surface, HttpMethod method, String path, Function<Request, Reply.Content> handler) {
        on(surface, method, path, request -> services().read(request.call(), () -> request.ok(handler.apply(request))));
    }

    void query(Router surface, String path, Function<Request, Reply.Content> handler) {
        on(
                surface,
                HttpMethod.POST,
                path,
                request -> services().query(request.call(), () -> request.ok(handler.apply(request))));
    }

    interface Outcome {
        void write(Optional<Long> done, JsonGenerator out) throws IOException;
    }

    interface WaitedOutcome {
        void write(Optional<Long> done, boolean waited, JsonGenerator out) throws IOException;
    }

    void write(
            Router surface,
            HttpMethod method,
            String path,
            Function<Request, Optional<Written>> handler,
            Outcome outcome) {
        on(
                surface,
                method,
                path,
                request -> written(request, handler, (done, waited, out) -> outcome.write(done, out)));
    }

    void change(Router surface, HttpMethod method, String path, Function<Request, Optional<Written>> handler) {
        on(
                surface,
                method,
                path,
                request -> written(
                        request, handler, (done, waited, out) -> Reply.updateResult(out, done.orElse(0L), waited)));
    }

    void edit(Router surface, HttpMethod method, String path, Json.Reader<Change> reader) {
        change(surface, method, path, request -> {
            Change change = request.read(reader);
            return Optional.of(request.collection().write(List.of(change)));
        });
    }

    CompletableFuture<Buffer> written(
            Request request, Function<Request, Optional<Written>> handler, WaitedOutcome outcome) {
        return services()
                .write(
                        request.call(),
                        () -> handler.apply(request),
                        done -> request.ok(out -> outcome.write(done, request.waits(), out)));
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

    private Request request(RoutingContext ctx) {
        Parameters parameters = Parameters.of(ctx.queryParams());
        Buffer body = ctx.body().buffer();
        Call call = HttpFloor.call(ctx);
        return new Request(
                services(),
                parameters.timeout().map(wait -> earlier(call, wait)).orElse(call),
                ctx.pathParams(),
                Json.FACTORY,
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
