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
import io.vertx.ext.web.Route;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How a path is served: a handler takes the request apart on the event loop; parsing the body, the work and writing
/// the answer happen on the store's own threads. A write is answered once it is on disk, whatever `wait` says.
final class Endpoints {
    static final String POINTS = "/collections/:name/points";

    private static final Logger LOG = LoggerFactory.getLogger(Endpoints.class);
    private static final int MAX_NAME = 255;

    private final Vertx vertx;
    private final Supplier<Services> services;

    /// Written when the paths are mounted, read by any.
    private volatile long maxBodyBytes = 32L << 20;

    /// What answers a method and path, for callers that do not come over HTTP.
    private final Map<String, Function<Request, CompletableFuture<Buffer>>> served = new ConcurrentHashMap<>();

    Endpoints(Vertx vertx, Supplier<Services> services) {
        this.vertx = vertx;
        this.services = services;
    }

    /// Sets how many bytes a compressed body may come to.
    void limit(long bytes) {
        maxBodyBytes = bytes;
    }

    /// The store; refuses while it is not running.
    Services services() {
        return services.get();
    }

    /// A request, apart from its body.
    ///
    /// @param path       what stands for the names in the path
    /// @param encoding   of the body and of the answer
    /// @param parameters what the query says
    record Request(
            Services services,
            Call call,
            Map<String, String> path,
            JsonFactory encoding,
            Coded body,
            Parameters parameters,
            long startNanos) {
        <T> T read(Json.Reader<T> reader) {
            return Json.body(encoding, body.plain(), reader);
        }

        boolean waits() {
            return parameters.isWaiting();
        }

        /// The name of the collection, empty where the path has none.
        String name() {
            return path.getOrDefault("name", "");
        }

        Buffer ok(Reply.Content content) {
            return Reply.ok(encoding, startNanos, content);
        }

        /// The collection that the path names, by its name or an alias.
        ///
        /// @throws Refused if there is none, or if it does not let anybody wait that long
        Collection collection() {
            requireShortWait();
            return services.catalogue().get(call.tenant(), name());
        }

        private void requireShortWait() {
            parameters
                    .timeout()
                    .ifPresent(wait -> services.catalogue()
                            .find(call.tenant(), name())
                            .ifPresent(collection -> collection.strict().timeout(wait)));
        }
    }

    /// Serves a path, over HTTP and for callers in this process; `GET` has `HEAD` beside it.
    void on(Router surface, HttpMethod method, String path, Function<Request, CompletableFuture<Buffer>> work) {
        served.put(method.name() + " " + path, work);
        Route route = surface.route(method, path);
        if (method.equals(HttpMethod.GET)) {
            route.method(HttpMethod.HEAD);
        }
        route.handler(ctx -> answer(ctx, work));
    }

    /// Serves a path whose work is waited for unless `wait=false`.
    void task(Router surface, HttpMethod method, String path, Function<Request, CompletableFuture<Buffer>> work) {
        surface.route(method, path).handler(ctx -> {
            if ("false".equals(ctx.queryParams().get("wait"))) {
                accept(ctx, work);
            } else {
                ctx.next();
            }
        });
        on(surface, method, path, work);
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
                request -> services().query(request.call(), () -> {
                    request.requireShortWait();
                    return request.ok(handler.apply(request));
                }));
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

    /// Takes a request apart, answers that it was accepted, and does the work afterwards.
    private void accept(RoutingContext ctx, Function<Request, CompletableFuture<Buffer>> work) {
        CompletableFuture<Buffer> result;
        long start = System.nanoTime();
        try {
            result = work.apply(request(ctx));
        } catch (Refused refused) {
            refuse(ctx, refused);
            return;
        }
        String path = ctx.normalizedPath();
        var _ = result.whenComplete((done, failure) -> {
            if (failure != null) {
                LOG.warn(
                        "{} was accepted and failed: {}",
                        path,
                        Refusals.cause(failure).getMessage());
            }
        });
        ctx.response()
                .setStatusCode(202)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .end("{\"status\":\"accepted\",\"time\":" + (System.nanoTime() - start) / 1e9 + "}");
    }

    private void answer(RoutingContext ctx, Function<Request, CompletableFuture<Buffer>> work) {
        String accepted = ctx.request().getHeader(HttpHeaders.ACCEPT_ENCODING);
        CompletableFuture<Coded> result;
        try {
            // a large answer is packed by the thread that has made it
            result = work.apply(request(ctx)).thenApply(body -> Coded.answer(body, accepted));
        } catch (Refused refused) {
            refuse(ctx, refused);
            return;
        }
        Future.fromCompletionStage(result, vertx.getOrCreateContext())
                .onSuccess(body -> body.end(ctx.response()))
                .onFailure(failure -> refuse(ctx, Refusals.cause(failure)));
    }

    /// A request that is not answered with JSON.
    Request request(RoutingContext ctx) {
        Parameters parameters = Parameters.of(ctx.queryParams());
        Buffer body = ctx.body().buffer();
        Call call = HttpFloor.call(ctx);
        requireName(ctx.pathParams().getOrDefault("name", ""));
        return new Request(
                services(),
                parameters.timeout().map(wait -> earlier(call, wait)).orElse(call),
                ctx.pathParams(),
                Json.FACTORY,
                Coded.asked(
                        body == null ? Buffer.buffer() : body,
                        ctx.request().getHeader(HttpHeaders.CONTENT_ENCODING),
                        maxBodyBytes),
                parameters,
                System.nanoTime());
    }

    /// What no collection has ever been called; a new one has to be called better than that.
    private static void requireName(String name) {
        if (name.length() > MAX_NAME) {
            throw Faults.pathValidation("collection_name", "\"" + name + "\"", "must be from 1 to 255 characters");
        }
        if (name.indexOf('/') >= 0 || name.indexOf('\0') >= 0) {
            throw Faults.pathValidation("collection_name: collection name cannot contain \"/\" or NUL");
        }
    }

    static Call earlier(Call call, Duration wait) {
        return wait.compareTo(call.remaining()) < 0 ? Call.within(call.principal(), call.trace(), wait) : call;
    }

    private static void refuse(RoutingContext ctx, Throwable failure) {
        if (failure instanceof Refused refused
                && Faults.FORM.status(refused.refusal()) == 408
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
