package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.openai.Shelf.Kept;
import dev.pagoda.gateway.openai.Shelf.Kind;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Bodies;
import dev.pagoda.gateway.protocol.Parameters;
import dev.pagoda.governance.http.HttpFloor;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// `/conversations`: lists of items that responses read and add to.
final class ConversationRoutes {
    private static final int MAX_ADDED = 20;

    private final Shelf shelf;
    private final InstantSource clock;

    ConversationRoutes(Shelf shelf, InstantSource clock) {
        this.shelf = shelf;
        this.clock = clock;
    }

    void mount(Surface surface) {
        surface.post("/conversations", this::create)
                .get("/conversations/:id", ctx -> answer(ctx, find(ctx)))
                .post("/conversations/:id", this::update)
                .delete("/conversations/:id", this::delete)
                .post("/conversations/:id/items", this::add)
                .get("/conversations/:id/items", this::list)
                .get("/conversations/:id/items/:item", this::one)
                .delete("/conversations/:id/items/:item", this::remove);
    }

    /// What a conversation's items are kept as. Those that have the id of another conversation's item get one of their
    /// own.
    Future<List<Kept>> kept(String tenant, String conversation, List<? extends JsonNode> items) {
        List<String> ids = items.stream().map(item -> item.path("id").asText()).toList();
        return shelf.elsewhere(tenant, Kind.ITEM, conversation, ids).map(elsewhere -> {
            List<Kept> kept = new ArrayList<>(items.size());
            for (JsonNode item : items) {
                String id = item.path("id").asText();
                if (elsewhere.contains(id) && item instanceof ObjectNode own) {
                    id = ResponseItems.newId(id.substring(0, id.indexOf('_') + 1));
                    own.put("id", id);
                }
                kept.add(new Kept(Kind.ITEM, id, conversation, item.toString()));
            }
            return kept;
        });
    }

    /// All items of a conversation, oldest first; the oldest are left out above what a request may have.
    ///
    /// @return fails when there is no such conversation
    Future<List<JsonNode>> items(String tenant, String conversation) {
        return shelf.find(tenant, Kind.CONVERSATION, conversation).compose(found -> {
            if (found.isEmpty()) {
                return Future.failedFuture(Answers.missing("conversation", conversation));
            }
            var newest = new Shelf.Cut("", ResponseItems.MAX_ITEMS, false);
            return shelf.<JsonNode>gather(
                            tenant, Kind.ITEM, conversation, newest, kept -> Optional.of(Lists.parse(kept)))
                    .map(List::reversed);
        });
    }

    private void create(RoutingContext ctx) {
        String tenant = HttpFloor.call(ctx).tenant();
        Buffer sent = ctx.body().buffer();
        Future<Parameters> read = sent == null || sent.length() == 0
                ? Future.succeededFuture(Parameters.of(JsonNodeFactory.instance.objectNode(), ""))
                : Bodies.read(ctx, Parameters::ofBody);
        read.compose(body -> {
                    String id = ResponseItems.newId("conv_");
                    ObjectNode conversation = JsonNodeFactory.instance
                            .objectNode()
                            .put("id", id)
                            .put("object", "conversation")
                            .put("created_at", clock.instant().getEpochSecond());
                    conversation.set("metadata", metadata(body));
                    var all = new ArrayList<Kept>();
                    all.add(new Kept(Kind.CONVERSATION, id, "", conversation.toString()));
                    return kept(tenant, id, added(body))
                            .compose(items -> {
                                all.addAll(items);
                                return shelf.put(tenant, all);
                            })
                            .map(conversation);
                })
                .onSuccess(body -> Answers.json(ctx, Buffer.buffer(body.toString())))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    private static JsonNode metadata(Parameters body) {
        HintParameters.metadata(body);
        JsonNode metadata = body.raw("metadata");
        return metadata.isObject() ? metadata : JsonNodeFactory.instance.objectNode();
    }

    private static List<ObjectNode> added(Parameters body) {
        JsonNode items = body.raw("items");
        if (items.isMissingNode()) {
            return List.of();
        }
        if (items.isArray() && items.size() > MAX_ADDED) {
            throw BadParameter.longArray("items", MAX_ADDED, items.size());
        }
        if (!items.isArray()) {
            throw BadParameter.type("items", "an array of input items", items);
        }
        return ResponseItems.read(items, "items");
    }

    private Future<ObjectNode> find(RoutingContext ctx) {
        String id = ctx.pathParam("id");
        return shelf.find(HttpFloor.call(ctx).tenant(), Kind.CONVERSATION, id, Lists::parse)
                .map(found -> found.orElseThrow(() -> Answers.missing("conversation", id)));
    }

    private void update(RoutingContext ctx) {
        String id = ctx.pathParam("id");
        answer(
                ctx,
                Answers.read(ctx, ConversationRoutes::metadata)
                        .compose(metadata -> shelf.change(
                                HttpFloor.call(ctx).tenant(),
                                Kind.CONVERSATION,
                                id,
                                body -> Lists.parse(body)
                                        .set("metadata", metadata)
                                        .toString()))
                        .map(found -> found.map(Lists::parse).orElseThrow(() -> Answers.missing("conversation", id))));
    }

    private void delete(RoutingContext ctx) {
        String id = ctx.pathParam("id");
        String tenant = HttpFloor.call(ctx).tenant();
        find(ctx)
                .compose(found -> shelf.deleteOf(tenant, Kind.ITEM, id))
                .compose(emptied -> shelf.delete(tenant, Kind.CONVERSATION, id))
                .onSuccess(gone -> Answers.json(ctx, Lists.deleted(id, "conversation.deleted")))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    private void add(RoutingContext ctx) {
        String id = ctx.pathParam("id");
        Answers.read(ctx, ConversationRoutes::added)
                .compose(items -> find(ctx)
                        .compose(found -> kept(HttpFloor.call(ctx).tenant(), id, items))
                        .compose(kept -> shelf.put(HttpFloor.call(ctx).tenant(), kept))
                        .map(done -> Lists.of(items, false)))
                .onSuccess(body -> Answers.json(ctx, body))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    private void list(RoutingContext ctx) {
        find(ctx)
                .compose(found ->
                        shelf.list(HttpFloor.call(ctx).tenant(), Kind.ITEM, ctx.pathParam("id"), Lists.cut(ctx)))
                .map(Lists::of)
                .onSuccess(body -> Answers.json(ctx, body))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    private void one(RoutingContext ctx) {
        answer(ctx, item(ctx).map(Lists::parse));
    }

    private void remove(RoutingContext ctx) {
        String tenant = HttpFloor.call(ctx).tenant();
        answer(
                ctx,
                item(ctx)
                        .compose(kept -> shelf.delete(tenant, Kind.ITEM, kept.id()))
                        .compose(gone -> find(ctx)));
    }

    private Future<Kept> item(RoutingContext ctx) {
        String item = ctx.pathParam("item");
        return shelf.find(HttpFloor.call(ctx).tenant(), Kind.ITEM, item)
                .map(found -> found.filter(kept -> kept.parent().equals(ctx.pathParam("id")))
                        .orElseThrow(() -> Answers.missing("item", item)));
    }

    private static void answer(RoutingContext ctx, Future<ObjectNode> object) {
        object.onSuccess(body -> Answers.json(ctx, Buffer.buffer(body.toString())))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }
}
