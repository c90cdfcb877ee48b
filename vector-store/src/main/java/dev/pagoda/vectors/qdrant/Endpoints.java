package dev.pagoda.vectors.qdrant;

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
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/// How a path is served: a handler takes the request apart on the event loop; parsing the body, the work and writing
/// the
/// answer happen on the store's own threads. A write is answered once it is on disk, whatever `wait` says.
final class Endpoints {
    static final String POINTS = "/collections/:name/points";

    private final Vertx vertx;
    private final Supplier<Services> services;

    Endpoints(Vertx vertx, Supplier<Services> services) {
        this.vertx = vertx;
        this.services = services;
    }

    /// The store; refuses while it is not running.
    Services services() {
        return services.get();
    }

    /// A request, apart from its body.
    record Request(Services services, Call call, String name, Buffer body, boolean waits, long startNanos) {
        <T> T read(Json.Reader<T> reader) {
            return Json.body(body, reader);
        }

        /// The collection that the path names.
        ///
        /// @throws Refused if there is none
        Collection collection() {
            return services.catalogue().get(call.tenant(), name);
        }
    }

    void read(Router surface, HttpMethod method, String path, Function<Request, Reply.Content> handler) {
        surface.route(method, path).handler(ctx -> serve(ctx, handler));
    }

    void query(Router surface, String path, Function<Request, Reply.Content> handler) {
        surface.post(path)
                .handler(ctx -> answer(
                        ctx,
                        request -> services()
                                .query(request.call(), () -> Reply.ok(request.startNanos(), handler.apply(request)))));
    }

    void serve(RoutingContext ctx, Function<Request, Reply.Content> handler) {
        answer(
                ctx,
                request ->
                        services().read(request.call(), () -> Reply.ok(request.startNanos(), handler.apply(request))));
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
        surface.route(method, path)
                .handler(ctx -> serveWrite(ctx, handler, (done, waited, out) -> outcome.write(done, out)));
    }

    void change(Router surface, HttpMethod method, String path, Function<Request, Optional<Written>> handler) {
        surface.route(method, path).handler(ctx -> serveChange(ctx, handler));
    }

    void edit(Router surface, HttpMethod method, String path, Json.Reader<Change> reader) {
        change(surface, method, path, request -> {
            Change change = request.read(reader);
            return Optional.of(request.collection().write(List.of(change)));
        });
    }

    void serveChange(RoutingContext ctx, Function<Request, Optional<Written>> handler) {
        serveWrite(ctx, handler, (done, waited, out) -> Reply.updateResult(out, done.orElse(0L), waited));
    }

    void serveWrite(RoutingContext ctx, Function<Request, Optional<Written>> handler, WaitedOutcome outcome) {
        answer(
                ctx,
                request -> services()
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

    private Request request(RoutingContext ctx) {
        Parameters parameters = Parameters.of(ctx.queryParams());
        Buffer body = ctx.body().buffer();
        String collection = ctx.pathParam("name");
        Call call = HttpFloor.call(ctx);
        return new Request(
                services(),
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
