package dev.pagoda.vectors.qdrant;

import com.fasterxml.jackson.core.JsonParser;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Selector;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.collection.Change;
import dev.pagoda.vectors.collection.Change.PointVectors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads the bodies of the calls that change points.
final class PointBodies {
    private PointBodies() {}

    /// `{"points":[...]}` or `{"batch":{...}}`.
    static Change upsert(JsonParser in) throws IOException {
        List<Point> points = new ArrayList<>();
        boolean[] given = {false};
        Change.Mode[] mode = {Change.Mode.UPSERT};
        Filter[] filter = {Filter.EVERYTHING};
        Json.object(in, (field, each) -> {
            switch (field) {
                case "points" -> {
                    given[0] = true;
                    elements(each, point -> points.add(point(point)));
                }
                case "batch" -> {
                    given[0] = true;
                    points.addAll(batch(each));
                }
                case "update_filter" -> filter[0] = Conditions.filter(Json.exactValue(each));
                case "update_mode" -> mode[0] = mode(each);
                case "shard_key" -> refuseShardKey(each);
                default -> each.skipChildren();
            }
        });
        if (!given[0]) {
            throw Faults.format("data did not match any variant of untagged enum PointInsertOperations:"
                    + " expected `points` or `batch`");
        }
        if (points.isEmpty()) {
            throw Faults.badRequest("Empty update request");
        }
        return new Change.Upsert(points, mode[0], filter[0]);
    }

    /// `{"points":[ids]}` or `{"filter":{...}}`.
    static Change delete(JsonParser in) throws IOException {
        return new Change.Delete(new Parts(in).selector());
    }

    static Change setPayload(JsonParser in) throws IOException {
        Parts parts = new Parts(in);
        return new Change.SetPayload(parts.payload(), parts.selector(), parts.key);
    }

    static Change overwritePayload(JsonParser in) throws IOException {
        Parts parts = new Parts(in);
        return new Change.OverwritePayload(parts.payload(), parts.selector(), parts.key);
    }

    static Change deletePayload(JsonParser in) throws IOException {
        Parts parts = new Parts(in);
        if (parts.keys == null) {
            throw Faults.format("missing field `keys`");
        }
        return new Change.DeletePayload(parts.keys, parts.selector());
    }

    static Change clearPayload(JsonParser in) throws IOException {
        return new Change.ClearPayload(new Parts(in).selector());
    }

    static Change deleteVectors(JsonParser in) throws IOException {
        Parts parts = new Parts(in);
        if (parts.vectors == null) {
            throw Faults.format("missing field `vector`");
        }
        if (parts.vectors.isEmpty()) {
            throw Faults.validation("vector", "[]", "must name at least 1 vector");
        }
        return new Change.DeleteVectors(parts.vectors, parts.selector());
    }

    static Change updateVectors(JsonParser in) throws IOException {
        List<PointVectors> points = new ArrayList<>();
        Filter[] filter = {Filter.EVERYTHING};
        Json.object(in, (field, each) -> {
            switch (field) {
                case "points" -> elements(each, point -> points.add(pointVectors(point)));
                case "update_filter" -> filter[0] = Conditions.filter(Json.exactValue(each));
                case "shard_key" -> refuseShardKey(each);
                default -> each.skipChildren();
            }
        });
        if (points.isEmpty()) {
            throw Faults.validation("points", "[]", "must have at least 1 point");
        }
        return new Change.UpdateVectors(points, filter[0]);
    }

    /// `{"operations":[{"upsert":...},...]}`, which happen together.
    static List<Change> operations(JsonParser in) throws IOException {
        List<Change> changes = new ArrayList<>();
        boolean[] given = {false};
        Json.object(in, (field, each) -> {
            if (!field.equals("operations")) {
                each.skipChildren();
                return;
            }
            given[0] = true;
            Json.array(
                    each,
                    operation -> Json.object(
                            operation,
                            (name, body) -> changes.add(
                                    switch (name) {
                                        case "upsert" -> upsert(body);
                                        case "delete" -> delete(body);
                                        case "set_payload" -> setPayload(body);
                                        case "overwrite_payload" -> overwritePayload(body);
                                        case "delete_payload" -> deletePayload(body);
                                        case "clear_payload" -> clearPayload(body);
                                        case "update_vectors" -> updateVectors(body);
                                        case "delete_vectors" -> deleteVectors(body);
                                        default -> throw Faults.format("unknown operation `" + name + "`");
                                    })));
        });
        if (!given[0]) {
            throw Faults.format("missing field `operations`");
        }
        return changes;
    }

    /// Reads points one by one and says in a refusal which one it is about.
    private static void elements(JsonParser in, Json.ElementReader reader) throws IOException {
        int[] index = {0};
        Json.array(in, each -> {
            try {
                reader.read(each);
            } catch (Refused refused) {
                throw Faults.below("points[" + index[0] + "].", refused);
            }
            index[0]++;
        });
    }

    private static Point point(JsonParser in) throws IOException {
        @Nullable PointId[] id = {null};
        Map<String, VectorValue> vectors = new LinkedHashMap<>();
        boolean[] hasVectors = {false};
        List<Map<String, @Nullable Object>> payload = new ArrayList<>();
        Json.object(in, (field, each) -> {
            switch (field) {
                case "id" -> id[0] = Json.id(each);
                case "vector", "vectors" -> {
                    vectors.putAll(VectorBodies.ofPoint(each));
                    hasVectors[0] = true;
                }
                case "payload" -> {
                    if (!Json.isNull(each)) {
                        payload.add(Json.map(each));
                    }
                }
                default -> each.skipChildren();
            }
        });
        if (id[0] == null) {
            throw Faults.format("missing field `id` of a point");
        }
        if (!hasVectors[0]) {
            throw Faults.format("missing field `vector` of point " + id[0]);
        }
        return new Point(id[0], vectors, payload.isEmpty() ? Map.of() : payload.getLast());
    }

    private static PointVectors pointVectors(JsonParser in) throws IOException {
        @Nullable PointId[] id = {null};
        Map<String, VectorValue> vectors = new LinkedHashMap<>();
        Json.object(in, (field, each) -> {
            switch (field) {
                case "id" -> id[0] = Json.id(each);
                case "vector", "vectors" -> vectors.putAll(VectorBodies.ofPoint(each));
                default -> each.skipChildren();
            }
        });
        if (id[0] == null) {
            throw Faults.format("missing field `id` of a point");
        }
        if (vectors.isEmpty()) {
            throw Faults.validation("vector: must specify vectors to update for point");
        }
        return new PointVectors(id[0], vectors);
    }

    private static List<Point> batch(JsonParser in) throws IOException {
        List<PointId> ids = new ArrayList<>();
        Map<String, List<VectorValue>> columns = new LinkedHashMap<>();
        List<Map<String, @Nullable Object>> payloads = new ArrayList<>();
        boolean[] hasPayloads = {false};
        Json.object(in, (field, each) -> {
            switch (field) {
                case "ids" -> ids.addAll(Json.ids(each));
                case "vectors" -> readColumns(each, columns);
                case "payloads" -> {
                    if (!Json.isNull(each)) {
                        hasPayloads[0] = true;
                        Json.array(each, payload -> payloads.add(Json.isNull(payload) ? Map.of() : Json.map(payload)));
                    }
                }
                default -> each.skipChildren();
            }
        });
        columns.forEach((name, column) -> requireLength("vectors", column.size(), ids.size()));
        if (hasPayloads[0]) {
            requireLength("payloads", payloads.size(), ids.size());
        }
        List<Point> points = new ArrayList<>(ids.size());
        for (int i = 0; i < ids.size(); i++) {
            Map<String, VectorValue> vectors = new LinkedHashMap<>();
            for (Map.Entry<String, List<VectorValue>> column : columns.entrySet()) {
                vectors.put(column.getKey(), column.getValue().get(i));
            }
            points.add(new Point(ids.get(i), vectors, hasPayloads[0] ? payloads.get(i) : Map.of()));
        }
        return points;
    }

    private static void readColumns(JsonParser in, Map<String, List<VectorValue>> columns) throws IOException {
        if (in.isExpectedStartArrayToken()) {
            List<VectorValue> column = new ArrayList<>();
            Json.array(in, each -> column.add(VectorBodies.one(each)));
            columns.put(VectorValue.UNNAMED, column);
            return;
        }
        Json.object(in, (name, each) -> {
            List<VectorValue> column = new ArrayList<>();
            Json.array(each, vector -> column.add(VectorBodies.one(vector)));
            columns.put(name, column);
        });
    }

    private static void requireLength(String field, int length, int ids) {
        if (length != ids) {
            throw Faults.validation("batch." + field, length + " elements", "must be as many as ids, " + ids);
        }
    }

    private static Change.Mode mode(JsonParser in) throws IOException {
        if (Json.isNull(in)) {
            return Change.Mode.UPSERT;
        }
        String name = Json.text(in);
        return switch (name) {
            case "upsert", "insert_only", "update_only" -> Change.Mode.valueOf(name.toUpperCase(Locale.ROOT));
            default ->
                throw Faults.format(
                        "unknown variant `" + name + "`, expected one of `upsert`, `insert_only`, `update_only`");
        };
    }

    static void refuseShardKey(JsonParser in) throws IOException {
        if (!Json.isNull(in)) {
            throw Faults.badRequest("Shard key not specified for a collection with custom sharding: this server has"
                    + " no custom sharding");
        }
        in.skipChildren();
    }

    /// What the calls beside upsert are made of.
    private static final class Parts {
        private @Nullable Selector ids;
        private @Nullable Selector filter;
        private @Nullable Map<String, @Nullable Object> payload;
        private @Nullable KeyPath key;
        private @Nullable List<KeyPath> keys;
        private @Nullable List<String> vectors;

        Parts(JsonParser in) throws IOException {
            Json.object(in, (field, each) -> {
                if (Json.isNull(each)) {
                    return;
                }
                switch (field) {
                    case "points" -> ids = new Selector.Ids(Json.ids(each));
                    case "filter" -> filter = new Selector.Matching(Conditions.filter(Json.exactValue(each)));
                    case "payload" -> payload = Json.map(each);
                    case "key" -> key = Conditions.path(Json.text(each));
                    case "keys" -> {
                        List<KeyPath> paths = new ArrayList<>();
                        Json.array(each, path -> paths.add(Conditions.path(Json.text(path))));
                        keys = paths;
                    }
                    case "vector", "vectors" -> {
                        List<String> names = new ArrayList<>();
                        Json.array(each, name -> names.add(Json.text(name)));
                        vectors = names;
                    }
                    case "shard_key" -> refuseShardKey(each);
                    default -> each.skipChildren();
                }
            });
        }

        Map<String, @Nullable Object> payload() {
            if (payload == null) {
                throw Faults.format("missing field `payload`");
            }
            return payload;
        }

        Selector selector() {
            if (ids != null) {
                return ids;
            }
            if (filter == null) {
                throw Faults.badRequest("Either list of point ids or filter must be provided");
            }
            return filter;
        }
    }
}
