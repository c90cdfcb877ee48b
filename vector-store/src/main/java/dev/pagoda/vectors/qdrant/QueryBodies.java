package dev.pagoda.vectors.qdrant;

import com.fasterxml.jackson.core.JsonParser;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads the bodies of reads that rank nothing.
final class QueryBodies {
    private static final int DEFAULT_LIMIT = 10;

    private QueryBodies() {}

    /// The body of `points/scroll`.
    record Scroll(@Nullable PointId from, int limit, Filter filter, Selection selection) {
        static Scroll read(JsonParser in) throws IOException {
            @Nullable PointId[] from = {null};
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
                    case "order_by" -> throw Faults.unsupported("`order_by`");
                    default -> each.skipChildren();
                }
            });
            if (limit[0] > Query.MAX_WINDOW) {
                throw Faults.validation("limit", limit[0], "must be from 1 to " + Query.MAX_WINDOW);
            }
            return new Scroll(from[0], limit[0], filter[0], selection[0]);
        }
    }

    /// The body of `POST points`.
    record Retrieve(List<PointId> ids, Selection selection) {
        static Retrieve read(JsonParser in) throws IOException {
            List<PointId> ids = new ArrayList<>();
            boolean[] given = {false};
            Selection[] selection = {Selection.of(true, false)};
            Json.object(in, (field, each) -> {
                switch (field) {
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

    /// The filter of `points/count`.
    static Filter count(JsonParser in) throws IOException {
        Filter[] filter = {Filter.EVERYTHING};
        Json.object(in, (field, each) -> {
            if (field.equals("filter")) {
                filter[0] = Conditions.filter(Json.exactValue(each));
            } else {
                each.skipChildren();
            }
        });
        return filter[0];
    }
}
