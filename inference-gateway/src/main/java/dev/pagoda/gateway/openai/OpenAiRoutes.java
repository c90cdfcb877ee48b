package dev.pagoda.gateway.openai;

import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.backend.EmbedReply;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.telemetry.Telemetry;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.BiFunction;
import java.util.function.Function;

/// The routes of OpenAI's API: `/v1/models`, `/v1/chat/completions`, `/v1/embeddings`.
///
/// A body is checked as a whole before a backend hears of it. A client that leaves, or reads too slowly, ends its chat
/// at once. Handlers run on the event loop of the connection; large bodies and large batches of vectors are parsed and
/// written on the worker pool.
public final class OpenAiRoutes {
    /// Bodies above this are parsed off the event loop: about 0.3 ms of work.
    private static final int INLINE_BODY_BYTES = 64 << 10;
    /// Batches above this are written off the event loop: about 0.3 ms of work.
    private static final int INLINE_VECTORS = 16;

    /// The API version that OpenAI has sent in this header since 2020.
    private static final String VERSION = "2020-10-01";

    private final Vertx vertx;
    private final ChatService service;
    private final HttpFloor http;
    private final OpenAiConfig config;
    private final InstantSource clock;
    private final OpenExchanges open = new OpenExchanges();
    private final Counter disconnects;
    private final Counter slowReaders;

    /// What the routes stand on.
    public record Ground(Vertx vertx, HttpFloor http, Telemetry telemetry, InstantSource clock) {}

    public OpenAiRoutes(Ground ground, ChatService service, OpenAiConfig config) {
        this.vertx = ground.vertx();
        this.http = ground.http();
        this.clock = ground.clock();
        this.service = service;
        this.config = config;
        var meters = ground.telemetry().meters();
        Gauge.builder("pagoda.gateway.open.chats", open, OpenExchanges::count)
                .description("Chats whose response has not ended")
                .register(meters);
        this.disconnects = Counter.builder("pagoda.gateway.disconnects")
                .description("Chats that ended because the client left")
                .register(meters);
        this.slowReaders = Counter.builder("pagoda.gateway.slow.readers")
                .description("Streams that were dropped because the client read too slowly")
                .register(meters);
    }

    /// Adds the routes under `/v1`.
    public void mount(Router root) {
        Router surface = http.surface(OpenAiErrors.FORM, config.maxBodyBytes(), config.requestTimeout());
        surface.route().handler(this::admit);
        surface.get("/models").handler(this::models);
        surface.get("/models/:model").handler(ctx -> model(ctx, ctx.pathParam("model")));
        surface.get("/models/:owner/:model")
                .handler(ctx -> model(ctx, ctx.pathParam("owner") + "/" + ctx.pathParam("model")));
        surface.post("/chat/completions").handler(this::chat);
        surface.post("/embeddings").handler(this::embeddings);
        allowOnly(surface, "/models", "GET");
        allowOnly(surface, "/models/:model", "GET");
        allowOnly(surface, "/models/:owner/:model", "GET");
        allowOnly(surface, "/chat/completions", "POST");
        allowOnly(surface, "/embeddings", "POST");
        surface.route().handler(ctx -> ctx.fail(404));
        root.route("/v1/*").handler(OpenAiRoutes::stamp);
        root.route("/v1/*").subRouter(surface);
    }

    /// Chats whose response has not ended.
    public int openChats() {
        return open.count();
    }

    /// Refuses new requests, lets open chats end, and ends those that are left after `patience` with an error event.
    ///
    /// @return completes when no response is open, at the latest about a second after `patience`
    public Future<Void> drain(Duration patience) {
        return open.drain(patience);
    }

    private static void allowOnly(Router surface, String path, String method) {
        surface.route(path).handler(ctx -> {
            ctx.response().putHeader(HttpHeaders.ALLOW, method);
            ctx.fail(405);
        });
    }

    private static void stamp(RoutingContext ctx) {
        long arrivedNanos = System.nanoTime();
        ctx.addHeadersEndHandler(v -> ctx.response()
                .putHeader("openai-version", VERSION)
                .putHeader("openai-processing-ms", Long.toString((System.nanoTime() - arrivedNanos) / 1_000_000)));
        ctx.next();
    }

    private void admit(RoutingContext ctx) {
        if (open.isDraining()) {
            ctx.fail(OpenExchanges.SHUTTING_DOWN.asException());
            return;
        }
        ctx.response().putHeader("openai-organization", HttpFloor.call(ctx).tenant());
        ctx.next();
    }

    private void models(RoutingContext ctx) {
        service.models(HttpFloor.call(ctx))
                .map(ModelJson::list)
                .onSuccess(body -> json(ctx, body))
                .onFailure(ctx::fail);
    }

    private void model(RoutingContext ctx, String name) {
        service.models(HttpFloor.call(ctx))
                .map(models -> models.stream()
                        .filter(model -> model.name().equals(name))
                        .findFirst()
                        .map(ModelJson::one)
                        .orElseThrow(() -> unknownModel(name)))
                .onSuccess(body -> json(ctx, body))
                .onFailure(ctx::fail);
    }

    private static Refused unknownModel(String name) {
        return new Refused(
                Reason.NOT_FOUND,
                "model_not_found",
                "The model '" + BadParameter.echo(name) + "' does not exist or you do not have access to it.");
    }

    private void chat(RoutingContext ctx) {
        // map, not onSuccess: what begin throws must become an answer
        read(ctx, ChatParameters::of)
                .map(parameters -> {
                    begin(ctx, parameters);
                    return parameters;
                })
                .onFailure(failure -> refuse(ctx, failure));
    }

    private void begin(RoutingContext ctx, ChatParameters parameters) {
        if (ctx.response().closed()) {
            return;
        }
        long created = clock.instant().getEpochSecond();
        var exchange = new ChatExchange(
                vertx.getOrCreateContext(),
                giveUp -> parameters.stream()
                        ? new StreamOutput(ctx, parameters, created, writer(ctx, giveUp))
                        : new WholeOutput(ctx, parameters.request(), created));
        open.add(exchange);
        ctx.addEndHandler(ended -> {
            open.remove(exchange);
            if (exchange.abandon()) {
                disconnects.increment();
            }
        });
        // a drain that began while the body was parsed has not seen this chat
        if (open.isDraining()) {
            exchange.onFailure(OpenExchanges.SHUTTING_DOWN);
            return;
        }
        exchange.begin(
                service, parameters.request(), named(ctx, parameters.request().requestId()));
    }

    /// One name for the request everywhere: in the answer, its header, the usage record and the log.
    private static Call named(RoutingContext ctx, String requestId) {
        ctx.response().putHeader("x-request-id", requestId);
        Call call = HttpFloor.call(ctx);
        return new Call(call.principal(), requestId, call.deadlineNanos());
    }

    private SseWriter writer(RoutingContext ctx, Runnable giveUp) {
        return new SseWriter(
                vertx.getOrCreateContext(), ctx.response(), config.maxUnreadBytes(), config.stallTimeout(), () -> {
                    slowReaders.increment();
                    giveUp.run();
                    hangUp(ctx.request());
                });
    }

    // resetting an HTTP/1.1 response would wait for the very reader that takes nothing
    private static void hangUp(HttpServerRequest request) {
        Future<Void> gone = request.version() == HttpVersion.HTTP_2
                ? request.response().reset()
                : request.connection().close();
        gone.onFailure(alreadyGone -> {});
    }

    private void embeddings(RoutingContext ctx) {
        read(ctx, EmbeddingParameters::of)
                .compose(parameters -> service.embed(
                                parameters.request(),
                                named(ctx, parameters.request().requestId()))
                        .compose(reply -> written(reply, parameters.base64())))
                .onSuccess(body -> json(ctx, body))
                .onFailure(failure -> refuse(ctx, failure));
    }

    private Future<Buffer> written(EmbedReply reply, boolean base64) {
        return reply.vectors().size() <= INLINE_VECTORS
                ? Future.succeededFuture(EmbeddingJson.list(reply, base64))
                : vertx.executeBlocking(() -> EmbeddingJson.list(reply, base64), false);
    }

    private <T> Future<T> read(RoutingContext ctx, BiFunction<Parameters, Boolean, T> form) {
        Buffer sent = ctx.body().buffer();
        Buffer body = sent == null ? Buffer.buffer() : sent;
        Function<Buffer, T> parse = bytes -> form.apply(Parameters.ofBody(bytes), config.strictParameters());
        if (body.length() > INLINE_BODY_BYTES) {
            return vertx.executeBlocking(() -> parse.apply(body), false);
        }
        try {
            return Future.succeededFuture(parse.apply(body));
        } catch (BadParameter bad) {
            return Future.failedFuture(bad);
        }
    }

    private static void refuse(RoutingContext ctx, Throwable failure) {
        if (failure instanceof BadParameter bad) {
            HttpFloor.refuse(
                    ctx,
                    (status, refusal) -> Buffer.buffer(OpenAiErrors.bytes(bad)),
                    Refusal.of(Reason.INVALID, "bad_parameter", bad.sentence()));
        } else {
            ctx.fail(failure);
        }
    }

    private static void json(RoutingContext ctx, Buffer body) {
        ctx.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .end(body)
                .onFailure(gone -> {});
    }
}
