package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.protocol.BadParameter;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;

/// OpenAI's lists: a part of something longer, with what its ends are and whether more follow.
final class Lists {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int DEFAULT_LIMIT = 20;
    private static final int MAX_LIMIT = 10_000;

    private Lists() {}

    /// The part that the query of a request asks for, newest first unless it says otherwise.
    static Shelf.Cut cut(RoutingContext ctx) {
        return cut(ctx, "desc");
    }

    /// The part that the query of a request asks for.
    ///
    /// @param usual the order of one that names none: `asc` or `desc`
    static Shelf.Cut cut(RoutingContext ctx, String usual) {
        String order = ctx.request().getParam("order", usual);
        if (!order.equals("asc") && !order.equals("desc")) {
            throw BadParameter.value("order", order, List.of("asc", "desc"));
        }
        int wanted = number(ctx, "limit", DEFAULT_LIMIT);
        if (wanted < 0 || wanted > MAX_LIMIT) {
            throw wanted < 0
                    ? BadParameter.below("limit", "integer", 0, Integer.toString(wanted))
                    : BadParameter.above("limit", "integer", MAX_LIMIT, Integer.toString(wanted));
        }
        return new Shelf.Cut(ctx.request().getParam("after", ""), Math.max(1, wanted), order.equals("asc"));
    }

    /// A whole number of the query.
    static int number(RoutingContext ctx, String name, int otherwise) {
        String text = ctx.request().getParam(name, Integer.toString(otherwise));
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException noNumber) {
            throw new BadParameter(
                    "Invalid type for '" + name + "': expected an integer, but got '" + BadParameter.echo(text)
                            + "' instead.",
                    name,
                    "invalid_type");
        }
    }

    /// The objects of an array.
    static List<ObjectNode> objects(JsonNode array) {
        List<ObjectNode> objects = new ArrayList<>();
        array.forEach(each -> objects.add((ObjectNode) each));
        return objects;
    }

    static Buffer of(List<? extends JsonNode> entries, boolean hasMore) {
        ObjectNode list = JsonNodeFactory.instance.objectNode().put("object", "list");
        ArrayNode data = list.putArray("data");
        entries.forEach(data::add);
        list.put(
                "first_id",
                entries.isEmpty() ? "" : entries.getFirst().path("id").asText());
        list.put(
                "last_id", entries.isEmpty() ? "" : entries.getLast().path("id").asText());
        return Buffer.buffer(list.put("has_more", hasMore).toString());
    }

    static Buffer of(Shelf.Page page) {
        return of(page.entries().stream().map(Lists::parse).toList(), page.hasMore());
    }

    /// The first of them as a list that says whether there were more.
    static Buffer firstOf(List<? extends JsonNode> entries, int limit) {
        boolean hasMore = entries.size() > limit;
        return of(hasMore ? entries.subList(0, limit) : entries, hasMore);
    }

    /// A part of objects that are in ascending order.
    static Buffer part(JsonNode objects, Shelf.Cut cut) {
        List<JsonNode> all = new ArrayList<>();
        objects.forEach(all::add);
        List<JsonNode> ordered = cut.ascending() ? all : all.reversed();
        int from = 0;
        for (int i = 0; i < ordered.size(); i++) {
            if (ordered.get(i).path("id").asText().equals(cut.after())) {
                from = i + 1;
            }
        }
        int to = Math.min(ordered.size(), from + cut.limit());
        return of(ordered.subList(from, to), to < ordered.size());
    }

    static ObjectNode parse(Shelf.Kept kept) {
        return parse(kept.body());
    }

    /// Kept JSON.
    static ObjectNode parse(String body) {
        try {
            return (ObjectNode) MAPPER.readTree(body);
        } catch (JsonProcessingException broken) {
            throw new IllegalStateException("kept JSON is broken", broken);
        }
    }

    static Buffer deleted(String id, String object) {
        return Buffer.buffer(JsonNodeFactory.instance
                .objectNode()
                .put("id", id)
                .put("object", object)
                .put("deleted", true)
                .toString());
    }
}
