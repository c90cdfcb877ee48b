package dev.pagoda.vectors.qdrant;

import com.fasterxml.jackson.core.JsonParser;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.OrderBy;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads the bodies of the calls that list or count points without ranking them by a vector.
final class ListBodies {
    private static final int DEFAULT_LIMIT = 10;

    private ListBodies() {}

    /// The body of `points/scroll`.
    record Scroll(@Nullable PointId from, @Nullable OrderBy order, int limit, Filter filter, Selection selection) {
        static Scroll read(JsonParser in) throws IOException {
            @Nullable PointId[] from = {null};
            @Nullable OrderBy[] order = {null};
            int[] limit = {DEFAULT_LIMIT};
            Filter[] filter = {Filter.EVERYTHING};
            Selection[] selection = {Selection.of(true, false)};
            Json.object(in, (field, each) -> {
                if (Json.isNull(each)) {
                    return;
                }
                switch (field) {
                    case "offset" -> from[0] = Json.id(each);
                    case "limit" -> limit[0] = Json.count(each, "limit", 1);
                    case "filter" -> filter[0] = Conditions.filter(Json.exactValue(each));
                    case "with_payload" -> selection[0] = selection[0].withPayload(each);
                    case "with_vector", "with_vectors" -> selection[0] = selection[0].withVectors(each);
                    case "order_by" -> order[0] = Goals.orderBy(each);
                    case "shard_key" -> PointBodies.refuseShardKey(each);
                    default -> each.skipChildren();
                }
            });
            if (limit[0] > Query.MAX_WINDOW) {
                throw Faults.validation("limit", limit[0], "must be from 1 to " + Query.MAX_WINDOW);
            }
            if (order[0] != null && from[0] != null) {
                throw Faults.badRequest(
                        "Cannot use an `offset` when using `order_by`. Begin with a value by `start_from`"
                                + " instead");
            }
            return new Scroll(from[0], order[0], limit[0], filter[0], selection[0]);
        }
    }

    /// The body of `POST points`.
    record Retrieve(List<PointId> ids, Selection selection) {
        static Retrieve read(JsonParser in) throws IOException {
            List<PointId> ids = new ArrayList<>();
            boolean[] given = {false};
            Selection[] selection = {Selection.of(true, false)};
            Json.object(in, (field, each) -> {
                if (Json.isNull(each)) {
                    return;
                }
                switch (field) {
                    case "shard_key" -> PointBodies.refuseShardKey(each);
                    case "ids" -> {
                        given[0] = true;
                        ids.addAll(Json.ids(each));
                    }
                    case "with_payload" -> selection[0] = selection[0].withPayload(each);
                    case "with_vector", "with_vectors" -> selection[0] = selection[0].withVectors(each);
                    default -> each.skipChildren();
                }
            });
            if (!given[0]) {
                throw Faults.format("missing field `ids`");
            }
            return new Retrieve(ids, selection[0]);
        }
    }

    /// The body of `points/count`.
    ///
    /// @param exact whether an estimate is not enough
    record Count(Filter filter, boolean exact) {
        static Count read(JsonParser in) throws IOException {
            Filter[] filter = {Filter.EVERYTHING};
            boolean[] exact = {true};
            Json.object(in, (field, each) -> {
                if (Json.isNull(each)) {
                    return;
                }
                switch (field) {
                    case "filter" -> filter[0] = Conditions.filter(Json.exactValue(each));
                    case "exact" -> exact[0] = Json.flag(each);
                    case "shard_key" -> PointBodies.refuseShardKey(each);
                    default -> each.skipChildren();
                }
            });
            return new Count(filter[0], exact[0]);
        }
    }

    /// The body of `facet`.
    record Facet(String key, Filter filter, int limit) {
        static Facet read(JsonParser in) throws IOException {
            @Nullable String[] key = {null};
            Filter[] filter = {Filter.EVERYTHING};
            int[] limit = {DEFAULT_LIMIT};
            Json.object(in, (field, each) -> {
                if (Json.isNull(each)) {
                    return;
                }
                switch (field) {
                    case "key" -> key[0] = Json.text(each);
                    case "filter" -> filter[0] = Conditions.filter(Json.exactValue(each));
                    case "limit" -> limit[0] = Json.count(each, "limit", 1);
                    case "exact" -> Json.flag(each);
                    case "shard_key" -> PointBodies.refuseShardKey(each);
                    default -> each.skipChildren();
                }
            });
            if (key[0] == null) {
                throw Faults.format("missing field `key`");
            }
            Conditions.path(key[0]);
            return new Facet(key[0], filter[0], limit[0]);
        }
    }
}
