package dev.pagoda.gateway.ollama;

import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.backend.EmbedReply;
import dev.pagoda.gateway.backend.EmbedRequest;
import dev.pagoda.gateway.backend.Hints;
import dev.pagoda.gateway.backend.RequestService.GivenUp;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Bodies;
import dev.pagoda.gateway.protocol.Catalogue;
import dev.pagoda.gateway.protocol.Departure;
import dev.pagoda.gateway.protocol.Exchanges;
import dev.pagoda.gateway.protocol.Json;
import dev.pagoda.gateway.protocol.Parameters;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// The routes of Ollama's API below `/api`: chats, completions, embeddings, and the models.
///
/// The API has no keys of its own; clients send Pagoda's as a header, `Authorization: Bearer KEY`. A name may carry the
/// tag `:latest`. A tenant's own models come before served ones of the same name.
public final class OllamaRoutes {
    /// The release whose API this is.
    static final String VERSION = "0.12.0";

    private static final Set<String> PATHS = Set.of(
            "/api/chat",
            "/api/generate",
            "/api/embed",
            "/api/embeddings",
            "/api/tags",
            "/api/ps",
            "/api/show",
            "/api/create",
            "/api/copy",
            "/api/delete",
            "/api/pull");

    private final HttpFloor http;
    private final Exchanges exchanges;
    private final InstantSource clock;
    private final ChatService service;
    private final TenantModels own;
    private final OwnModelRoutes models;
    private final Bodies.Bounds bounds;

    /// What the routes stand on.
    public record Ground(
            HttpFloor http, Exchanges exchanges, InstantSource clock, Catalogue catalogue, TenantModels models) {}

    public OllamaRoutes(Ground ground, ChatService service, Bodies.Bounds bounds) {
        this.http = ground.http();
        this.exchanges = ground.exchanges();
        this.clock = ground.clock();
        this.service = service;
        this.own = ground.models();
        this.models = new OwnModelRoutes(ground.catalogue(), ground.models(), ground.clock());
        this.bounds = bounds;
    }

    public void mount(Router root) {
        // asked by clients before they have a key: whether this is a server at all
        root.head("/").handler(ctx -> text(ctx));
        root.get("/api/version").handler(OllamaRoutes::version);
        root.head("/api/version").handler(OllamaRoutes::version);
        Router surface = http.surface(OllamaErrors.FORM, bounds.maxBodyBytes(), bounds.requestTimeout());
        surface.route().handler(exchanges::admit);
        surface.post("/api/chat").handler(ctx -> ask(ctx, OllamaChat::chat));
        surface.post("/api/generate").handler(ctx -> ask(ctx, OllamaChat::generate));
        surface.post("/api/embed").handler(this::embed);
        surface.post("/api/embeddings").handler(this::embedOne);
        models.add(surface);
        HttpFloor.mount(root, surface, ctx -> PATHS.contains(ctx.normalizedPath()));
    }

    private static void text(RoutingContext ctx) {
        ctx.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; charset=utf-8")
                .end("Ollama is running");
    }

    private static void version(RoutingContext ctx) {
        json(ctx, Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("version", VERSION);
            json.writeEndObject();
        }));
    }

    private interface Form {
        OllamaChat read(Parameters body, OllamaChat.Named model, String requestId);
    }

    private void ask(RoutingContext ctx, Form form) {
        String id = "ollama-" + HttpFloor.newTrace().substring("req_".length());
        // map, not onSuccess: what begin throws must become an answer
        read(ctx, body -> form.read(body, named(ctx, body), id))
                .map(chat -> {
                    chat.request().ifPresentOrElse(request -> begin(ctx, chat, request), () -> load(ctx, chat));
                    return chat;
                })
                .onFailure(failure -> refuse(ctx, failure));
    }

    private void begin(RoutingContext ctx, OllamaChat chat, ChatRequest asked) {
        ChatRequest request = asked.withHints(
                asked.hints().withHeaders(Hints.headersOf(ctx.request().headers())));
        ctx.response().putHeader("x-request-id", request.requestId());
        exchanges.begin(
                ctx,
                request,
                Exchanges.named(ctx, request.requestId()),
                giveUp -> new OllamaOutput(
                        ctx,
                        chat,
                        clock,
                        System::nanoTime,
                        chat.stream() ? Optional.of(exchanges.writer(ctx, giveUp)) : Optional.empty()));
    }

    /// A request that asks nothing is answered when its model is served; replicas are the autoscaler's.
    private void load(RoutingContext ctx, OllamaChat chat) {
        String served = ModelJson.untagged(chat.shown());
        String name = own.find(HttpFloor.call(ctx).tenant(), served)
                .map(TenantModel::source)
                .orElse(served);
        service.models(HttpFloor.call(ctx))
                .map(all -> {
                    if (all.stream().noneMatch(model -> model.name().equals(name))) {
                        throw OwnModelRoutes.unknown(chat.shown());
                    }
                    return new AnswerLines(chat.shown(), chat.form()).idle(chat.idle(), clock.instant());
                })
                .onSuccess(body -> json(ctx, body))
                .onFailure(ctx::fail);
    }

    private OllamaChat.Named named(RoutingContext ctx, Parameters body) {
        String shown = body.text("model").orElse("");
        if (shown.isEmpty()) {
            throw OptionParameters.told("model is required");
        }
        String name = ModelJson.untagged(shown);
        return own.find(HttpFloor.call(ctx).tenant(), name)
                .map(model -> new OllamaChat.Named(shown, model.source(), model.body()))
                .orElseGet(() -> new OllamaChat.Named(shown, name, OllamaChat.nothing()));
    }

    private record Embedding(OllamaChat.Named model, EmbedParameters parameters) {}

    private void embed(RoutingContext ctx) {
        long arrived = System.nanoTime();
        read(ctx, body -> new Embedding(named(ctx, body), EmbedParameters.of(body)))
                .compose(asked -> vectors(ctx, asked.model(), asked.parameters().inputs())
                        .compose(reply -> ctx.vertx()
                                .executeBlocking(
                                        () -> asked.parameters()
                                                .json(asked.model().shown(), reply, System.nanoTime() - arrived),
                                        false)))
                .onSuccess(body -> json(ctx, body))
                .onFailure(failure -> refuse(ctx, failure));
    }

    private void embedOne(RoutingContext ctx) {
        read(ctx, body -> {
                    KeepAlive.isUnload(body.raw("keep_alive"));
                    String prompt = body.text("prompt").orElse("");
                    return new Embedding(
                            named(ctx, body), new EmbedParameters(prompt.isEmpty() ? List.of() : List.of(prompt), 0));
                })
                .compose(asked -> vectors(ctx, asked.model(), asked.parameters().inputs()))
                .onSuccess(reply -> json(ctx, Json.write(json -> {
                    json.writeStartObject();
                    json.writeArrayFieldStart("embedding");
                    for (float[] vector : reply.vectors()) {
                        for (float each : vector) {
                            json.writeNumber(each);
                        }
                    }
                    json.writeEndArray();
                    json.writeEndObject();
                })))
                .onFailure(failure -> refuse(ctx, failure));
    }

    private Future<EmbedReply> vectors(RoutingContext ctx, OllamaChat.Named model, List<String> inputs) {
        if (inputs.isEmpty()) {
            return Future.succeededFuture(new EmbedReply(model.served(), List.of(), 0));
        }
        String id = "embd-" + HttpFloor.newTrace().substring("req_".length());
        ctx.response().putHeader("x-request-id", id);
        return service.embed(
                        new EmbedRequest(
                                        id,
                                        model.served(),
                                        inputs,
                                        Hints.none()
                                                .withHeaders(Hints.headersOf(
                                                        ctx.request().headers())))
                                .until(Departure.of(ctx)),
                        Exchanges.named(ctx, id),
                        ctx.response()::putHeader)
                .recover(failure -> Future.failedFuture(
                        failure instanceof Refused refused
                                ? OllamaErrors.worded(refused.refusal(), model.shown())
                                        .asException()
                                : failure));
    }

    static <T> Future<T> read(RoutingContext ctx, Function<Parameters, T> form) {
        return Bodies.read(ctx, bytes -> {
            if (bytes.length() == 0) {
                throw OptionParameters.told("missing request body");
            }
            return form.apply(Parameters.ofBody(bytes));
        });
    }

    static void refuse(RoutingContext ctx, Throwable failure) {
        if (failure instanceof GivenUp) {
            return; // nobody is there to hear of it
        }
        if (failure instanceof BadParameter bad) {
            HttpFloor.refuse(ctx, OllamaErrors.FORM, OllamaErrors.refusal(bad));
        } else {
            ctx.fail(failure);
        }
    }

    static void json(RoutingContext ctx, Buffer body) {
        ctx.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json; charset=utf-8")
                .end(body)
                .onFailure(gone -> {});
    }
}
