package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.openai.Shelf.Kept;
import dev.pagoda.gateway.openai.Shelf.Kind;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Parameters;
import dev.pagoda.governance.http.HttpFloor;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The chat completions that clients had kept with `store`: listed, told, changed in their metadata, and deleted.
final class StoredChats {
    private static final String METADATA = "metadata[";

    /// What the kept object repeats of its request, null where the request did not say it.
    private static final List<String> REPEATED = List.of(
            "tool_choice",
            "seed",
            "top_p",
            "temperature",
            "presence_penalty",
            "frequency_penalty",
            "tools",
            "response_format");

    private final Shelf shelf;

    StoredChats(Shelf shelf) {
        this.shelf = shelf;
    }

    void mount(Surface surface) {
        surface.get("/chat/completions", this::list)
                .get("/chat/completions/:id", ctx -> answer(ctx, find(ctx)))
                .post("/chat/completions/:id", this::update)
                .delete("/chat/completions/:id", this::delete)
                .get("/chat/completions/:id/messages", this::messages);
    }

    /// Keeps a completion with the messages that it answers.
    ///
    /// @param completion the whole object
    /// @param requestId  of the answer that it was
    /// @param request    the body that asked for it
    Future<Void> keep(String tenant, ObjectNode completion, String requestId, JsonNode request) {
        String id = completion.path("id").asText();
        completion.put("request_id", requestId);
        JsonNode metadata = request.path("metadata");
        completion.set("metadata", metadata.isObject() ? metadata : JsonNodeFactory.instance.objectNode());
        REPEATED.forEach(name -> completion.set(name, orNull(request.path(name))));
        completion.set("input_user", orNull(request.path("user")));
        ObjectNode asked = JsonNodeFactory.instance.objectNode();
        ArrayNode messages = asked.putArray("messages");
        for (JsonNode message : request.path("messages")) {
            if (message instanceof ObjectNode sent) {
                messages.add(told(sent, id + "-" + messages.size()));
            }
        }
        return shelf.put(
                tenant,
                List.of(
                        new Kept(Kind.CHAT, id, "", completion.toString()),
                        new Kept(Kind.CHAT_MESSAGES, id, "", asked.toString())));
    }

    private static JsonNode orNull(JsonNode node) {
        return node.isMissingNode() ? JsonNodeFactory.instance.nullNode() : node;
    }

    private static ObjectNode told(ObjectNode sent, String id) {
        ObjectNode message = sent.deepCopy();
        JsonNode content = sent.path("content");
        message.put("id", id);
        message.set("content", content.isTextual() ? content : JsonNodeFactory.instance.nullNode());
        message.set("content_parts", content.isArray() ? content : JsonNodeFactory.instance.nullNode());
        message.set("name", orNull(sent.path("name")));
        message.set("refusal", orNull(sent.path("refusal")));
        return message;
    }

    /// Which of them a list is to have.
    ///
    /// @param model    empty for all
    /// @param metadata all of which one must have
    private record Filter(String model, Map<String, String> metadata) {
        static Filter of(RoutingContext ctx) {
            var metadata = new HashMap<String, String>();
            ctx.queryParams().forEach((name, value) -> {
                if (name.startsWith(METADATA) && name.endsWith("]")) {
                    metadata.put(name.substring(METADATA.length(), name.length() - 1), value);
                }
            });
            return new Filter(ctx.request().getParam("model", ""), metadata);
        }

        boolean admits(JsonNode completion) {
            return (model.isEmpty() || completion.path("model").asText().equals(model))
                    && metadata.entrySet().stream()
                            .allMatch(entry -> completion
                                    .path("metadata")
                                    .path(entry.getKey())
                                    .asText("")
                                    .equals(entry.getValue()));
        }
    }

    private void list(RoutingContext ctx) {
        Future.succeededFuture()
                .compose(begun -> {
                    Shelf.Cut cut = Lists.cut(ctx, "asc");
                    Filter filter = Filter.of(ctx);
                    // one more than asked for tells whether more follow
                    var all = new Shelf.Cut(cut.after(), cut.limit() + 1, cut.ascending());
                    return shelf.gather(
                                    HttpFloor.call(ctx).tenant(),
                                    Kind.CHAT,
                                    "",
                                    all,
                                    kept -> Optional.of(Lists.parse(kept)).filter(filter::admits))
                            .map(found -> Lists.firstOf(found, cut.limit()));
                })
                .onSuccess(body -> Answers.json(ctx, body))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    private Future<ObjectNode> find(RoutingContext ctx) {
        return find(ctx, Kind.CHAT);
    }

    private Future<ObjectNode> find(RoutingContext ctx, Kind kind) {
        String id = ctx.pathParam("id");
        return shelf.find(HttpFloor.call(ctx).tenant(), kind, id, Lists::parse)
                .map(found -> found.orElseThrow(() -> Answers.missing("chat completion", id)));
    }

    private void update(RoutingContext ctx) {
        String id = ctx.pathParam("id");
        answer(
                ctx,
                Answers.read(ctx, StoredChats::changed)
                        .compose(metadata -> shelf.change(
                                HttpFloor.call(ctx).tenant(),
                                Kind.CHAT,
                                id,
                                body -> Lists.parse(body)
                                        .set("metadata", metadata)
                                        .toString()))
                        .map(found ->
                                found.map(Lists::parse).orElseThrow(() -> Answers.missing("chat completion", id))));
    }

    private static JsonNode changed(Parameters body) {
        body.allowOnly(List.of(Set.of("metadata")));
        if (!body.node().has("metadata")) {
            throw BadParameter.missing("metadata");
        }
        HintParameters.metadata(body);
        return body.has("metadata") ? body.raw("metadata") : JsonNodeFactory.instance.objectNode();
    }

    private void delete(RoutingContext ctx) {
        String id = ctx.pathParam("id");
        String tenant = HttpFloor.call(ctx).tenant();
        find(ctx)
                .compose(found -> shelf.delete(tenant, Kind.CHAT_MESSAGES, id))
                .compose(gone -> shelf.delete(tenant, Kind.CHAT, id))
                .onSuccess(gone -> Answers.json(ctx, Lists.deleted(id, "chat.completion.deleted")))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    private void messages(RoutingContext ctx) {
        Future.succeededFuture()
                .map(begun -> Lists.cut(ctx, "asc"))
                .compose(cut -> find(ctx, Kind.CHAT_MESSAGES).map(asked -> Lists.part(asked.path("messages"), cut)))
                .onSuccess(body -> Answers.json(ctx, body))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    private static void answer(RoutingContext ctx, Future<ObjectNode> object) {
        object.onSuccess(body -> Answers.json(ctx, Buffer.buffer(body.toString())))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }
}
