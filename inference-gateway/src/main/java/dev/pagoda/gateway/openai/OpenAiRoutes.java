package dev.pagoda.gateway.openai;

import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.backend.EmbedReply;
import dev.pagoda.gateway.backend.Hints;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Exchanges;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.InstantSource;
import java.util.Map;

/// The routes of OpenAI's API: `/v1/models`, `/v1/chat/completions`, `/v1/embeddings`.
///
/// A body is checked as a whole before a backend hears of it. A client that leaves, or reads too slowly, ends its chat
/// at once. Handlers run on the event loop of the connection; large bodies and large batches of vectors are parsed and
/// written on the worker pool.
public final class OpenAiRoutes {
    /// Batches above this are written off the event loop: about 0.3 ms of work.
    private static final int INLINE_VECTORS = 16;

    /// The API version that OpenAI has sent in this header since 2020.
    private static final String VERSION = "2020-10-01";

    private final Vertx vertx;
    private final ChatService service;
    private final HttpFloor http;
    private final OpenAiConfig config;
    private final InstantSource clock;
    private final Exchanges exchanges;

    /// What the routes stand on.
    public record Ground(Vertx vertx, HttpFloor http, Exchanges exchanges, InstantSource clock) {}

    public OpenAiRoutes(Ground ground, ChatService service, OpenAiConfig config) {
        this.vertx = ground.vertx();
        this.http = ground.http();
        this.exchanges = ground.exchanges();
        this.clock = ground.clock();
        this.service = service;
        this.config = config;
    }

    /// Adds the routes under `/v1`.
    public void mount(Router root) {
        Router surface = http.surface(OpenAiErrors.FORM, config.maxBodyBytes(), config.requestTimeout());
        surface.route().handler(exchanges::admit);
        surface.route().handler(OpenAiRoutes::tell);
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

    private static void tell(RoutingContext ctx) {
        ctx.response().putHeader("openai-organization", HttpFloor.call(ctx).tenant());
        ctx.next();
    }

    private void models(RoutingContext ctx) {
        service.models(HttpFloor.call(ctx))
                .map(ModelJson::list)
                .onSuccess(body -> Answers.json(ctx, body))
                .onFailure(ctx::fail);
    }

    private void model(RoutingContext ctx, String name) {
        service.models(HttpFloor.call(ctx))
                .map(models -> models.stream()
                        .filter(model -> model.name().equals(name))
                        .findFirst()
                        .map(ModelJson::one)
                        .orElseThrow(() -> unknownModel(name)))
                .onSuccess(body -> Answers.json(ctx, body))
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
        Map<String, String> headers = Hints.headersOf(ctx.request().headers());
        Answers.read(ctx, body -> ChatParameters.of(body, config.strictParameters(), headers))
                .map(parameters -> {
                    begin(ctx, parameters);
                    return parameters;
                })
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    private void begin(RoutingContext ctx, ChatParameters parameters) {
        long created = clock.instant().getEpochSecond();
        ChatRequest request = parameters.request();
        exchanges.begin(
                ctx,
                request,
                Answers.named(ctx, request.requestId()),
                giveUp -> parameters.stream()
                        ? new StreamOutput(ctx, parameters, created, exchanges.writer(ctx, giveUp))
                        : new WholeOutput(ctx, parameters, created));
    }

    private void embeddings(RoutingContext ctx) {
        Answers.read(ctx, body -> EmbeddingParameters.of(body, config.strictParameters()))
                .compose(parameters -> service.embed(
                                parameters.request(),
                                Answers.named(ctx, parameters.request().requestId()),
                                ctx.response()::putHeader)
                        .compose(reply -> written(reply, parameters.base64())))
                .onSuccess(body -> Answers.json(ctx, body))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    private Future<Buffer> written(EmbedReply reply, boolean base64) {
        return reply.vectors().size() <= INLINE_VECTORS
                ? Future.succeededFuture(EmbeddingJson.list(reply, base64))
                : vertx.executeBlocking(() -> EmbeddingJson.list(reply, base64), false);
    }
}
