package dev.pagoda.vectors.grpc;

import static dev.pagoda.vectors.grpc.ValueTokens.malformed;
import static dev.pagoda.vectors.grpc.ValueTokens.shardKeyField;
import static dev.pagoda.vectors.grpc.ValueTokens.textsField;
import static dev.pagoda.vectors.grpc.ValueTokens.unsignedField;

import com.fasterxml.jackson.core.JsonGenerator;
import io.qdrant.client.grpc.JsonWithInt.Value;
import io.qdrant.client.grpc.Points.ClearPayloadPoints;
import io.qdrant.client.grpc.Points.CountPoints;
import io.qdrant.client.grpc.Points.DeletePayloadPoints;
import io.qdrant.client.grpc.Points.DeletePointVectors;
import io.qdrant.client.grpc.Points.DeletePoints;
import io.qdrant.client.grpc.Points.FacetCounts;
import io.qdrant.client.grpc.Points.GetPoints;
import io.qdrant.client.grpc.Points.PointStruct;
import io.qdrant.client.grpc.Points.PointVectors;
import io.qdrant.client.grpc.Points.PointsSelector;
import io.qdrant.client.grpc.Points.PointsUpdateOperation;
import io.qdrant.client.grpc.Points.ScrollPoints;
import io.qdrant.client.grpc.Points.SearchMatrixPoints;
import io.qdrant.client.grpc.Points.SetPayloadPoints;
import io.qdrant.client.grpc.Points.ShardKeySelector;
import io.qdrant.client.grpc.Points.UpdateMode;
import io.qdrant.client.grpc.Points.UpdatePointVectors;
import io.qdrant.client.grpc.Points.UpsertPoints;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What reads and writes points without ranking them, as the bodies of the HTTP paths tell it.
final class PointTokens {
    private PointTokens() {}

    static void upsert(JsonGenerator out, UpsertPoints request) throws IOException {
        out.writeStartObject();
        points(out, request.getPointsList());
        FilterTokens.field(out, "update_filter", request.hasUpdateFilter(), request.getUpdateFilter());
        mode(out, request.hasUpdateMode(), request.getUpdateMode());
        shardKeyField(out, request.hasShardKeySelector(), request.getShardKeySelector());
        out.writeEndObject();
    }

    static void delete(JsonGenerator out, DeletePoints request) throws IOException {
        out.writeStartObject();
        selector(out, request.getPoints());
        shardKeyField(out, request.hasShardKeySelector(), request.getShardKeySelector());
        out.writeEndObject();
    }

    static void updateVectors(JsonGenerator out, UpdatePointVectors request) throws IOException {
        out.writeStartObject();
        vectors(out, request.getPointsList());
        FilterTokens.field(out, "update_filter", request.hasUpdateFilter(), request.getUpdateFilter());
        shardKeyField(out, request.hasShardKeySelector(), request.getShardKeySelector());
        out.writeEndObject();
    }

    static void deleteVectors(JsonGenerator out, DeletePointVectors request) throws IOException {
        out.writeStartObject();
        selector(out, request.getPointsSelector());
        textsField(out, "vector", request.getVectors().getNamesList());
        shardKeyField(out, request.hasShardKeySelector(), request.getShardKeySelector());
        out.writeEndObject();
    }

    static void setPayload(JsonGenerator out, SetPayloadPoints request) throws IOException {
        payload(
                out,
                request.getPayloadMap(),
                request.hasPointsSelector() ? request.getPointsSelector() : null,
                request.hasKey() ? request.getKey() : null,
                request.getShardKeySelector());
    }

    static void deletePayload(JsonGenerator out, DeletePayloadPoints request) throws IOException {
        keys(
                out,
                request.getKeysList(),
                request.hasPointsSelector() ? request.getPointsSelector() : null,
                request.getShardKeySelector());
    }

    static void clearPayload(JsonGenerator out, ClearPayloadPoints request) throws IOException {
        out.writeStartObject();
        selector(out, request.getPoints());
        shardKeyField(out, request.hasShardKeySelector(), request.getShardKeySelector());
        out.writeEndObject();
    }

    static void batch(JsonGenerator out, List<PointsUpdateOperation> operations) throws IOException {
        out.writeStartObject();
        out.writeArrayFieldStart("operations");
        for (PointsUpdateOperation operation : operations) {
            out.writeStartObject();
            operation(out, operation);
            out.writeEndObject();
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    // the two deprecated operations are those of clients before 1.9
    @SuppressWarnings("deprecation")
    private static void operation(JsonGenerator out, PointsUpdateOperation operation) throws IOException {
        switch (operation.getOperationCase()) {
            case UPSERT -> {
                var upsert = operation.getUpsert();
                out.writeObjectFieldStart("upsert");
                points(out, upsert.getPointsList());
                FilterTokens.field(out, "update_filter", upsert.hasUpdateFilter(), upsert.getUpdateFilter());
                mode(out, upsert.hasUpdateMode(), upsert.getUpdateMode());
                shardKeyField(out, upsert.hasShardKeySelector(), upsert.getShardKeySelector());
                out.writeEndObject();
            }
            case DELETE_DEPRECATED -> selected(out, "delete", operation.getDeleteDeprecated(), null);
            case DELETE_POINTS -> {
                var delete = operation.getDeletePoints();
                selected(out, "delete", delete.getPoints(), delete.getShardKeySelector());
            }
            case CLEAR_PAYLOAD_DEPRECATED ->
                selected(out, "clear_payload", operation.getClearPayloadDeprecated(), null);
            case CLEAR_PAYLOAD -> {
                var clear = operation.getClearPayload();
                selected(out, "clear_payload", clear.getPoints(), clear.getShardKeySelector());
            }
            case SET_PAYLOAD -> {
                var set = operation.getSetPayload();
                out.writeFieldName("set_payload");
                payload(
                        out,
                        set.getPayloadMap(),
                        set.hasPointsSelector() ? set.getPointsSelector() : null,
                        set.hasKey() ? set.getKey() : null,
                        set.getShardKeySelector());
            }
            case OVERWRITE_PAYLOAD -> {
                var overwrite = operation.getOverwritePayload();
                out.writeFieldName("overwrite_payload");
                payload(
                        out,
                        overwrite.getPayloadMap(),
                        overwrite.hasPointsSelector() ? overwrite.getPointsSelector() : null,
                        overwrite.hasKey() ? overwrite.getKey() : null,
                        overwrite.getShardKeySelector());
            }
            case DELETE_PAYLOAD -> {
                var delete = operation.getDeletePayload();
                out.writeFieldName("delete_payload");
                keys(
                        out,
                        delete.getKeysList(),
                        delete.hasPointsSelector() ? delete.getPointsSelector() : null,
                        delete.getShardKeySelector());
            }
            case UPDATE_VECTORS -> {
                var update = operation.getUpdateVectors();
                out.writeObjectFieldStart("update_vectors");
                vectors(out, update.getPointsList());
                FilterTokens.field(out, "update_filter", update.hasUpdateFilter(), update.getUpdateFilter());
                shardKeyField(out, update.hasShardKeySelector(), update.getShardKeySelector());
                out.writeEndObject();
            }
            case DELETE_VECTORS -> {
                var delete = operation.getDeleteVectors();
                out.writeObjectFieldStart("delete_vectors");
                selector(out, delete.getPointsSelector());
                textsField(out, "vector", delete.getVectors().getNamesList());
                shardKeyField(out, delete.hasShardKeySelector(), delete.getShardKeySelector());
                out.writeEndObject();
            }
            case OPERATION_NOT_SET -> throw malformed("an operation of the batch says nothing");
        }
    }

    static void get(JsonGenerator out, GetPoints request) throws IOException {
        out.writeStartObject();
        ValueTokens.idsField(out, "ids", request.getIdsList());
        QueryTokens.withPayload(out, request.hasWithPayload(), request.getWithPayload());
        QueryTokens.withVectors(out, request.hasWithVectors(), request.getWithVectors());
        shardKeyField(out, request.hasShardKeySelector(), request.getShardKeySelector());
        out.writeEndObject();
    }

    static void scroll(JsonGenerator out, ScrollPoints request) throws IOException {
        out.writeStartObject();
        FilterTokens.field(out, request.hasFilter(), request.getFilter());
        if (request.hasOffset()) {
            out.writeFieldName("offset");
            ValueTokens.id(out, request.getOffset());
        }
        if (request.hasLimit()) {
            out.writeNumberField("limit", Integer.toUnsignedLong(request.getLimit()));
        }
        QueryTokens.withPayload(out, request.hasWithPayload(), request.getWithPayload());
        QueryTokens.withVectors(out, request.hasWithVectors(), request.getWithVectors());
        if (request.hasOrderBy()) {
            QueryTokens.orderBy(out, request.getOrderBy());
        }
        shardKeyField(out, request.hasShardKeySelector(), request.getShardKeySelector());
        out.writeEndObject();
    }

    static void count(JsonGenerator out, CountPoints request) throws IOException {
        out.writeStartObject();
        FilterTokens.field(out, request.hasFilter(), request.getFilter());
        if (request.hasExact()) {
            out.writeBooleanField("exact", request.getExact());
        }
        shardKeyField(out, request.hasShardKeySelector(), request.getShardKeySelector());
        out.writeEndObject();
    }

    static void facet(JsonGenerator out, FacetCounts request) throws IOException {
        out.writeStartObject();
        out.writeStringField("key", request.getKey());
        FilterTokens.field(out, request.hasFilter(), request.getFilter());
        if (request.hasLimit()) {
            unsignedField(out, "limit", request.getLimit());
        }
        if (request.hasExact()) {
            out.writeBooleanField("exact", request.getExact());
        }
        shardKeyField(out, request.hasShardKeySelector(), request.getShardKeySelector());
        out.writeEndObject();
    }

    static void matrix(JsonGenerator out, SearchMatrixPoints request) throws IOException {
        out.writeStartObject();
        FilterTokens.field(out, request.hasFilter(), request.getFilter());
        if (request.hasSample()) {
            unsignedField(out, "sample", request.getSample());
        }
        if (request.hasLimit()) {
            unsignedField(out, "limit", request.getLimit());
        }
        QueryTokens.using(out, request.hasUsing(), request.getUsing());
        shardKeyField(out, request.hasShardKeySelector(), request.getShardKeySelector());
        out.writeEndObject();
    }

    private static void points(JsonGenerator out, List<PointStruct> points) throws IOException {
        out.writeArrayFieldStart("points");
        for (PointStruct point : points) {
            out.writeStartObject();
            out.writeFieldName("id");
            ValueTokens.id(out, point.getId());
            out.writeFieldName("vector");
            VectorTokens.ofPoint(out, point.getVectors());
            if (point.getPayloadCount() > 0) {
                out.writeFieldName("payload");
                ValueTokens.map(out, point.getPayloadMap());
            }
            out.writeEndObject();
        }
        out.writeEndArray();
    }

    private static void vectors(JsonGenerator out, List<PointVectors> points) throws IOException {
        out.writeArrayFieldStart("points");
        for (PointVectors point : points) {
            out.writeStartObject();
            out.writeFieldName("id");
            ValueTokens.id(out, point.getId());
            out.writeFieldName("vector");
            VectorTokens.ofPoint(out, point.getVectors());
            out.writeEndObject();
        }
        out.writeEndArray();
    }

    private static void mode(JsonGenerator out, boolean isGiven, UpdateMode mode) throws IOException {
        if (isGiven) {
            out.writeStringField(
                    "update_mode",
                    switch (mode) {
                        case Upsert -> "upsert";
                        case InsertOnly -> "insert_only";
                        case UpdateOnly -> "update_only";
                        case UNRECOGNIZED -> throw malformed("an unknown update_mode");
                    });
        }
    }

    private static void payload(
            JsonGenerator out,
            Map<String, Value> payload,
            @Nullable PointsSelector points,
            @Nullable String key,
            ShardKeySelector shards)
            throws IOException {
        out.writeStartObject();
        out.writeFieldName("payload");
        ValueTokens.map(out, payload);
        if (points != null) {
            selector(out, points);
        }
        if (key != null) {
            out.writeStringField("key", key);
        }
        shardKeyField(out, true, shards);
        out.writeEndObject();
    }

    private static void keys(
            JsonGenerator out, List<String> keys, @Nullable PointsSelector points, ShardKeySelector shards)
            throws IOException {
        out.writeStartObject();
        textsField(out, "keys", keys);
        if (points != null) {
            selector(out, points);
        }
        shardKeyField(out, true, shards);
        out.writeEndObject();
    }

    private static void selected(
            JsonGenerator out, String operation, PointsSelector points, @Nullable ShardKeySelector shards)
            throws IOException {
        out.writeObjectFieldStart(operation);
        selector(out, points);
        if (shards != null) {
            shardKeyField(out, true, shards);
        }
        out.writeEndObject();
    }

    private static void selector(JsonGenerator out, PointsSelector selector) throws IOException {
        switch (selector.getPointsSelectorOneOfCase()) {
            case POINTS ->
                ValueTokens.idsField(out, "points", selector.getPoints().getIdsList());
            case FILTER -> FilterTokens.field(out, true, selector.getFilter());
            case POINTSSELECTORONEOF_NOT_SET -> throw malformed("a selector has neither points nor a filter");
        }
    }
}
