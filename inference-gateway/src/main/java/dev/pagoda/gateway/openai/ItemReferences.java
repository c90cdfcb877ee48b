package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.openai.Shelf.Kind;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Items that a client names rather than sends: of a conversation, or of what a kept response answered.
///
/// The name of an answered item holds that of its response, so that no list of items has to be kept beside them.
final class ItemReferences {
    private static final String TYPE = "item_reference";
    private static final String RESPONSE = "resp_";

    /// Of a response's name behind its prefix.
    private static final int NAME_CHARS = 32;

    private final Shelf shelf;

    ItemReferences(Shelf shelf) {
        this.shelf = shelf;
    }

    /// The name of an item.
    ///
    /// @param prefix of its kind, such as `msg_`
    /// @param place  among the items of the response
    static String id(String prefix, String response, int place) {
        return prefix + response.substring(response.indexOf('_') + 1) + String.format(Locale.ROOT, "%04x", place);
    }

    /// The items with those in the place of references that the tenant has under their names.
    ///
    /// @return fails with [Refused] when there is none under one of them
    Future<List<ObjectNode>> resolved(String tenant, List<ObjectNode> items) {
        if (items.stream().noneMatch(ItemReferences::isReference)) {
            return Future.succeededFuture(items);
        }
        Future<List<ObjectNode>> all = Future.succeededFuture(new ArrayList<>(items.size()));
        for (ObjectNode item : items) {
            all = all.compose(before -> (isReference(item)
                            ? find(tenant, item.path("id").asText())
                            : Future.succeededFuture(item))
                    .map(found -> {
                        before.add(found);
                        return before;
                    }));
        }
        return all;
    }

    private static boolean isReference(JsonNode item) {
        return item.path("type").asText().equals(TYPE);
    }

    private Future<ObjectNode> find(String tenant, String id) {
        return shelf.find(tenant, Kind.ITEM, id, Lists::parse)
                .compose(item -> item.isPresent() ? Future.succeededFuture(item) : ofResponse(tenant, id))
                .map(found -> found.orElseThrow(() -> new Refused(
                        Reason.NOT_FOUND,
                        "resource_missing",
                        "Item with id '" + BadParameter.echo(id)
                                + "' not found. Items of responses with 'store' set to false are not kept.")));
    }

    private Future<Optional<ObjectNode>> ofResponse(String tenant, String id) {
        int name = id.indexOf('_') + 1;
        if (id.length() < name + NAME_CHARS) {
            return Future.succeededFuture(Optional.empty());
        }
        return shelf.find(
                        tenant,
                        Kind.RESPONSE,
                        RESPONSE + id.substring(name, name + NAME_CHARS),
                        response -> named(Lists.parse(response), id))
                .map(found -> found.flatMap(item -> item));
    }

    private static Optional<ObjectNode> named(JsonNode kept, String id) {
        for (JsonNode item : kept.path("response").path("output")) {
            if (item.path("id").asText().equals(id)) {
                return Optional.of((ObjectNode) item);
            }
        }
        return Optional.empty();
    }
}
