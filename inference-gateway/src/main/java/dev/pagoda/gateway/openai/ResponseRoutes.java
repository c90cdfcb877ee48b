package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.backend.ChatMessage;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.backend.Hints;
import dev.pagoda.gateway.backend.Role;
import dev.pagoda.gateway.backend.ServedModel;
import dev.pagoda.gateway.backend.Tokens;
import dev.pagoda.gateway.openai.Shelf.Kept;
import dev.pagoda.gateway.openai.Shelf.Kind;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Exchanges;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.http.HttpFloor;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `/responses`: answers that are kept, can be gone on from, and can run without a connection.
///
/// What is kept of a response is its object and its input; one that goes on from another names it, so that a
/// conversation is the chain of its responses.
final class ResponseRoutes {
    private static final String WATCH = "openai.watch";

    /// Responses of one chain that a model is shown.
    private static final int MAX_CHAIN = 200;

    /// How long one may run in the background.
    private static final Duration BACKGROUND = Duration.ofHours(1);

    private final Vertx vertx;
    private final Exchanges exchanges;
    private final InstantSource clock;
    private final Shelf shelf;
    private final ConversationRoutes conversations;
    private final ItemReferences references;
    private final ChatService service;
    private final BackgroundResponses background;
    private final boolean isStrict;

    ResponseRoutes(
            Vertx vertx,
            ChatService service,
            Exchanges exchanges,
            InstantSource clock,
            Shelf shelf,
            ConversationRoutes conversations,
            boolean isStrict) {
        this.vertx = vertx;
        this.exchanges = exchanges;
        this.clock = clock;
        this.shelf = shelf;
        this.conversations = conversations;
        this.references = new ItemReferences(shelf);
        this.service = service;
        this.background = new BackgroundResponses(vertx, service, clock);
        this.isStrict = isStrict;
    }

    void mount(Surface surface) {
        surface.post("/responses", this::create)
                .post("/responses/input_tokens", this::count)
                .post("/responses/compact", this::compact)
                .get("/responses/:id", this::find)
                .delete("/responses/:id", this::delete)
                .post("/responses/:id/cancel", this::cancel)
                .get("/responses/:id/input_items", this::inputs);
    }

    private void create(RoutingContext ctx) {
        Map<String, String> headers = Hints.headersOf(ctx.request().headers());
        String id = ResponseItems.newId("resp_");
        Call call = Answers.named(ctx, id);
        Answers.read(ctx, body -> ResponseParameters.of(body, isStrict, headers))
                .compose(parameters -> resolved(call, parameters))
                .compose(parameters -> request(id, parameters, call).compose(request -> {
                    if (parameters.background()) {
                        return begin(ctx, request, call, parameters);
                    }
                    exchanges.begin(
                            ctx,
                            request,
                            call,
                            giveUp -> new ResponseRun(
                                    ctx,
                                    clock,
                                    parameters.stream() ? exchanges.writer(ctx, giveUp) : null,
                                    id,
                                    parameters,
                                    draft -> keep(call.tenant(), parameters, draft)));
                    return Future.succeededFuture();
                }))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    private Future<ResponseParameters> resolved(Call call, ResponseParameters parameters) {
        return references.resolved(call.tenant(), parameters.input()).map(parameters::withInput);
    }

    /// The chat that answers, without the oldest of its conversation if it may be left out and does not fit.
    private Future<ChatRequest> request(String id, ResponseParameters parameters, Call call) {
        Future<ChatRequest> whole = history(call.tenant(), parameters).map(history -> parameters.request(id, history));
        if (!parameters.flags().truncates()) {
            return whole;
        }
        int kept = parameters.instructions().isEmpty() ? 0 : 1;
        return whole.compose(request -> contextTokens(request.model(), call)
                .compose(context -> context == 0
                        ? Future.succeededFuture(request)
                        : vertx.executeBlocking(() -> Truncation.fit(request, kept, context), false)));
    }

    /// 0 when it is not known, such as for a model of another server.
    private Future<Integer> contextTokens(String model, Call call) {
        return service.models(call)
                .map(served -> served.stream()
                        .filter(each -> each.name().equals(model))
                        .mapToInt(ServedModel::contextTokens)
                        .findFirst()
                        .orElse(0));
    }

    private Future<?> begin(RoutingContext ctx, ChatRequest request, Call call, ResponseParameters parameters) {
        String tenant = call.tenant();
        var keeper = new BackgroundResponses.Keeper() {
            @Override
            public Future<Void> keep(ResponseDraft draft) {
                return ResponseRoutes.this.keep(tenant, parameters, draft);
            }

            @Override
            public Future<Void> keepEvents(String id, List<ObjectNode> events) {
                ObjectNode all = JsonNodeFactory.instance.objectNode();
                events.forEach(all.withArray("events")::add);
                return shelf.put(tenant, Kind.EVENTS, id, "", all.toString());
            }
        };
        Call own = Call.within(call.principal(), request.requestId(), BACKGROUND);
        if (parameters.stream()) {
            return background.start(request, own, parameters, keeper, Optional.of(watchOf(ctx)));
        }
        return background
                .start(request, own, parameters, keeper, Optional.empty())
                .onSuccess(begun -> Answers.json(ctx, Buffer.buffer(begun.toString())));
    }

    private void compact(RoutingContext ctx) {
        Map<String, String> headers = Hints.headersOf(ctx.request().headers());
        String id = ResponseItems.newId("resp_");
        Call call = Answers.named(ctx, id);
        Answers.read(ctx, body -> ResponseParameters.of(body, isStrict, headers))
                .compose(parameters -> resolved(call, parameters))
                .compose(parameters -> history(call.tenant(), parameters).map(history -> {
                    var items = new ArrayList<>(history);
                    items.addAll(parameters.input());
                    ChatRequest asked = parameters.request(id, history);
                    var messages = new ArrayList<>(asked.messages());
                    messages.add(new ChatMessage(Role.USER, Compaction.QUESTION));
                    ChatRequest request = asked.withMessages(messages);
                    long created = clock.instant().getEpochSecond();
                    exchanges.begin(ctx, request, call, giveUp -> new Compaction(ctx, id, created, items));
                    return request;
                }))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    private void count(RoutingContext ctx) {
        Call call = HttpFloor.call(ctx);
        Answers.read(ctx, body -> ResponseParameters.of(body, isStrict, Map.of()))
                .compose(parameters -> resolved(call, parameters))
                .compose(parameters -> history(call.tenant(), parameters)
                        .compose(history -> ctx.vertx()
                                .executeBlocking(
                                        () -> Tokens.countPrompt(parameters.request("count", history)), false)))
                .onSuccess(tokens -> Answers.json(
                        ctx,
                        Buffer.buffer(JsonNodeFactory.instance
                                .objectNode()
                                .put("object", "response.input_tokens")
                                .put("input_tokens", tokens)
                                .toString())))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    /// The items before a response's own input, oldest first.
    private Future<List<JsonNode>> history(String tenant, ResponseParameters parameters) {
        if (!parameters.conversation().isEmpty()) {
            return conversations.items(tenant, parameters.conversation());
        }
        if (parameters.previous().isEmpty()) {
            return Future.succeededFuture(List.of());
        }
        return shelf.chain(tenant, Kind.RESPONSE, parameters.previous(), MAX_CHAIN, ResponseRoutes::items)
                .map(found -> found.orElseThrow(() -> new BadParameter(
                        "Previous response with id '" + BadParameter.echo(parameters.previous()) + "' not found.",
                        "previous_response_id",
                        "previous_response_not_found")));
    }

    /// @return empty for an empty chain
    private static Optional<List<JsonNode>> items(List<Kept> chain) {
        var items = new ArrayList<JsonNode>();
        for (Kept kept : chain.reversed()) {
            ObjectNode body = Lists.parse(kept);
            body.path("input").forEach(items::add);
            body.path("response").path("output").forEach(items::add);
        }
        return chain.isEmpty() ? Optional.empty() : Optional.of(items);
    }

    private Future<Void> keep(String tenant, ResponseParameters parameters, ResponseDraft draft) {
        var all = new ArrayList<Kept>();
        ObjectNode response = draft.snapshot();
        String id = response.path("id").asText();
        if (parameters.store()) {
            ObjectNode body = JsonNodeFactory.instance.objectNode();
            body.set("response", response);
            parameters.input().forEach(body.withArray("input")::add);
            all.add(new Kept(Kind.RESPONSE, id, parameters.previous(), body.toString()));
        }
        if (!parameters.conversation().isEmpty() && draft.isOver()) {
            var items = new ArrayList<JsonNode>(parameters.input());
            draft.output().forEach(items::add);
            return conversations.kept(tenant, parameters.conversation(), items).compose(kept -> {
                all.addAll(kept);
                return shelf.put(tenant, all);
            });
        }
        return all.isEmpty() ? Future.succeededFuture() : shelf.put(tenant, all);
    }

    private Future<ObjectNode> kept(RoutingContext ctx) {
        String id = ctx.pathParam("id");
        return shelf.find(HttpFloor.call(ctx).tenant(), Kind.RESPONSE, id, Lists::parse)
                .map(found -> found.orElseThrow(() -> Answers.missing("response", id)));
    }

    private void find(RoutingContext ctx) {
        if (Boolean.parseBoolean(ctx.request().getParam("stream"))) {
            watch(ctx);
            return;
        }
        background
                .find(HttpFloor.call(ctx).tenant(), ctx.pathParam("id"))
                .compose(running -> running.map(Future::succeededFuture)
                        .orElseGet(() -> kept(ctx).map(body -> cutOff((ObjectNode) body.get("response")))))
                .onSuccess(body -> Answers.json(ctx, Buffer.buffer(body.toString())))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    /// Streams one that runs, or what was told of one that has ended.
    private void watch(RoutingContext ctx) {
        String id = ctx.pathParam("id");
        String tenant = HttpFloor.call(ctx).tenant();
        Future.succeededFuture()
                .map(begun -> Lists.number(ctx, "starting_after", -1))
                .compose(after -> background
                        .watch(tenant, id, after, () -> watchOf(ctx))
                        .compose(runs -> runs ? Future.succeededFuture() : replay(ctx, after)))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    private ResponseWatch watchOf(RoutingContext ctx) {
        ResponseWatch made = ctx.get(WATCH);
        if (made == null) {
            made = new ResponseWatch(vertx, ctx, exchanges);
            ctx.put(WATCH, made);
        }
        return made;
    }

    private Future<Void> replay(RoutingContext ctx, int after) {
        return shelf.find(
                        HttpFloor.call(ctx).tenant(),
                        Kind.EVENTS,
                        ctx.pathParam("id"),
                        told -> Lists.objects(Lists.parse(told).path("events")))
                .compose(events -> events.map(Future::succeededFuture)
                        .orElseGet(() ->
                                kept(ctx).map(body -> ResponseReplay.of(cutOff((ObjectNode) body.get("response"))))))
                .map(events -> {
                    watchOf(ctx).end(BackgroundResponses.after(events, after));
                    return null;
                });
    }

    /// A response that says it runs, and does not: the platform stopped while it did.
    private static ObjectNode cutOff(ObjectNode response) {
        String status = response.path("status").asText();
        if (status.equals("queued") || status.equals("in_progress")) {
            response.put("status", "failed");
            response.putObject("error")
                    .put("code", "server_error")
                    .put("message", "the server stopped while the response was under way");
        }
        return response;
    }

    private void delete(RoutingContext ctx) {
        String id = ctx.pathParam("id");
        String tenant = HttpFloor.call(ctx).tenant();
        background
                .cancel(tenant, id)
                .compose(cancelled -> shelf.delete(tenant, Kind.EVENTS, id))
                .compose(silenced -> shelf.delete(tenant, Kind.RESPONSE, id))
                .onSuccess(wasThere -> {
                    if (wasThere) {
                        Answers.json(ctx, Lists.deleted(id, "response"));
                    } else {
                        ctx.fail(Answers.missing("response", id));
                    }
                })
                .onFailure(ctx::fail);
    }

    private void cancel(RoutingContext ctx) {
        background
                .cancel(HttpFloor.call(ctx).tenant(), ctx.pathParam("id"))
                .compose(cancelled -> cancelled
                        .map(Future::succeededFuture)
                        .orElseGet(() -> kept(ctx).map(body -> {
                            ObjectNode response = cutOff((ObjectNode) body.get("response"));
                            if (!response.path("background").asBoolean()) {
                                throw new BadParameter(
                                        "Cannot cancel a response that was not created with 'background' set to true.",
                                        null,
                                        null);
                            }
                            return response;
                        })))
                .onSuccess(body -> Answers.json(ctx, Buffer.buffer(body.toString())))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    private void inputs(RoutingContext ctx) {
        Future.succeededFuture()
                .map(begun -> Lists.cut(ctx))
                .compose(cut -> kept(ctx).map(body -> Lists.part(body.path("input"), cut)))
                .onSuccess(body -> Answers.json(ctx, body))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }
}
