package dev.pagoda.vectors.qdrant;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Hit;
import dev.pagoda.vectors.api.HnswConfig;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.Query.Goal;
import dev.pagoda.vectors.api.ScrollPage;
import dev.pagoda.vectors.api.ScrollPoints;
import dev.pagoda.vectors.api.Selector;
import dev.pagoda.vectors.api.SparseConfig;
import dev.pagoda.vectors.api.VectorValue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes requests to another Qdrant server and reads its answers.
final class RemoteBodies {
    private RemoteBodies() {}

    static void config(JsonGenerator out, CollectionConfig config) throws IOException {
        out.writeStartObject();
        out.writeFieldName("vectors");
        DenseConfig unnamed = config.dense().get(VectorValue.UNNAMED);
        if (unnamed != null) {
            dense(out, unnamed);
        } else {
            out.writeStartObject();
            for (Map.Entry<String, DenseConfig> each : config.dense().entrySet()) {
                out.writeFieldName(each.getKey());
                dense(out, each.getValue());
            }
            out.writeEndObject();
        }
        out.writeObjectFieldStart("sparse_vectors");
        for (Map.Entry<String, SparseConfig> each : config.sparse().entrySet()) {
            out.writeObjectFieldStart(each.getKey());
            out.writeStringField("modifier", each.getValue().idf() ? "idf" : "none");
            out.writeEndObject();
        }
        out.writeEndObject();
        HnswConfig hnsw = config.hnsw();
        out.writeObjectFieldStart("hnsw_config");
        out.writeNumberField("m", hnsw.m());
        out.writeNumberField("ef_construct", hnsw.efConstruction());
        out.writeNumberField("full_scan_threshold", hnsw.fullScanThresholdKb());
        out.writeEndObject();
        out.writeEndObject();
    }

    private static void dense(JsonGenerator out, DenseConfig field) throws IOException {
        out.writeStartObject();
        out.writeNumberField("size", field.size());
        out.writeStringField(
                "distance",
                switch (field.distance()) {
                    case COSINE -> "Cosine";
                    case DOT -> "Dot";
                    case EUCLID -> "Euclid";
                    case MANHATTAN -> "Manhattan";
                });
        out.writeStringField("datatype", field.datatype().name().toLowerCase(Locale.ROOT));
        if (field.isMulti()) {
            out.writeObjectFieldStart("multivector_config");
            out.writeStringField("comparator", "max_sim");
            out.writeEndObject();
        }
        out.writeEndObject();
    }

    static void points(JsonGenerator out, List<Point> points) throws IOException {
        out.writeStartObject();
        out.writeArrayFieldStart("points");
        for (Point point : points) {
            out.writeStartObject();
            out.writeFieldName("id");
            Reply.id(out, point.id());
            out.writeFieldName("vector");
            VectorValue unnamed = point.vectors().get(VectorValue.UNNAMED);
            if (unnamed != null && point.vectors().size() == 1) {
                vector(out, unnamed);
            } else {
                out.writeStartObject();
                for (Map.Entry<String, VectorValue> each : point.vectors().entrySet()) {
                    out.writeFieldName(each.getKey());
                    vector(out, each.getValue());
                }
                out.writeEndObject();
            }
            out.writeFieldName("payload");
            Reply.value(out, point.payload());
            out.writeEndObject();
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    private static void vector(JsonGenerator out, VectorValue vector) throws IOException {
        if (vector instanceof VectorValue.Text(String text, var options)) {
            out.writeStartObject();
            out.writeStringField("text", text);
            out.writeStringField("model", VectorBodies.BM25);
            if (!options.isEmpty()) {
                out.writeFieldName("options");
                Reply.value(out, options);
            }
            out.writeEndObject();
        } else {
            Reply.vector(out, vector);
        }
    }

    static void selector(JsonGenerator out, Selector selector) throws IOException {
        out.writeStartObject();
        switch (selector) {
            case Selector.Ids(List<PointId> ids) -> {
                out.writeArrayFieldStart("points");
                for (PointId id : ids) {
                    Reply.id(out, id);
                }
                out.writeEndArray();
            }
            case Selector.Matching(Filter filter) -> {
                out.writeFieldName("filter");
                FilterJson.write(out, filter);
            }
        }
        out.writeEndObject();
    }

    static void query(JsonGenerator out, Query query, boolean withVectors) throws IOException {
        out.writeStartObject();
        rank(out, query);
        out.writeNumberField("offset", query.offset());
        out.writeBooleanField("with_payload", true);
        out.writeBooleanField("with_vector", withVectors);
        out.writeEndObject();
    }

    private static void rank(JsonGenerator out, Query query) throws IOException {
        if (!query.prefetch().isEmpty()) {
            out.writeArrayFieldStart("prefetch");
            for (Query each : query.prefetch()) {
                out.writeStartObject();
                rank(out, each);
                out.writeEndObject();
            }
            out.writeEndArray();
        }
        goal(out, query);
        filter(out, query.filter());
        out.writeObjectFieldStart("params");
        if (query.params().hnswEf() > 0) {
            out.writeNumberField("hnsw_ef", query.params().hnswEf());
        }
        out.writeBooleanField("exact", query.params().exact());
        out.writeEndObject();
        Float threshold = query.scoreThreshold();
        if (threshold != null) {
            out.writeNumberField("score_threshold", threshold);
        }
        out.writeNumberField("limit", query.limit());
    }

    private static void goal(JsonGenerator out, Query query) throws IOException {
        switch (query.goal()) {
            case Goal.Nearest(VectorValue vector) -> {
                out.writeFieldName("query");
                vector(out, vector);
                using(out, query.using());
            }
            case Goal.NearestTo(PointId id) -> {
                out.writeFieldName("query");
                Reply.id(out, id);
                using(out, query.using());
            }
            case Goal.ReciprocalRank(int k, List<Float> weights) -> {
                out.writeObjectFieldStart("query");
                out.writeObjectFieldStart("rrf");
                out.writeNumberField("k", k);
                if (!weights.isEmpty()) {
                    out.writeArrayFieldStart("weights");
                    for (float weight : weights) {
                        out.writeNumber(weight);
                    }
                    out.writeEndArray();
                }
                out.writeEndObject();
                out.writeEndObject();
            }
            case Goal.DistributionBased() -> {
                out.writeObjectFieldStart("query");
                out.writeStringField("fusion", "dbsf");
                out.writeEndObject();
            }
            case Goal.ById() -> {}
            default -> throw Faults.unsupported("this kind of query against another server");
        }
    }

    private static void using(JsonGenerator out, String field) throws IOException {
        if (!field.isEmpty()) {
            out.writeStringField("using", field);
        }
    }

    static void filter(JsonGenerator out, Filter filter) throws IOException {
        if (!filter.isEverything()) {
            out.writeFieldName("filter");
            FilterJson.write(out, filter);
        }
    }

    static void scroll(JsonGenerator out, ScrollPoints question) throws IOException {
        out.writeStartObject();
        filter(out, question.filter());
        PointId from = question.from();
        if (from != null) {
            out.writeFieldName("offset");
            Reply.id(out, from);
        }
        out.writeNumberField("limit", question.limit());
        out.writeBooleanField("with_payload", true);
        out.writeBooleanField("with_vector", question.withVectors());
        out.writeEndObject();
    }

    /// What stands behind `result`.
    static <T> @Nullable T result(JsonParser in, Json.Reader<T> reader) throws IOException {
        List<T> found = new ArrayList<>(1);
        Json.object(in, (field, each) -> {
            if (field.equals("result") && !Json.isNull(each)) {
                found.add(reader.read(each));
            } else {
                each.skipChildren();
            }
        });
        return found.isEmpty() ? null : found.getFirst();
    }

    /// The text behind `status.error`, empty if there is none.
    static String error(JsonParser in) throws IOException {
        String[] text = {""};
        Json.object(in, (field, status) -> {
            if (field.equals("status") && status.currentToken() == JsonToken.START_OBJECT) {
                Json.object(status, (name, each) -> {
                    if (name.equals("error")) {
                        text[0] = Json.text(each);
                    } else {
                        each.skipChildren();
                    }
                });
            } else {
                status.skipChildren();
            }
        });
        return text[0];
    }

    /// The points and where the next page begins.
    static ScrollPage page(JsonParser in) throws IOException {
        List<Hit> hits = new ArrayList<>();
        @Nullable PointId[] next = {null};
        Json.object(in, (field, each) -> {
            switch (field) {
                case "points" -> Json.array(each, hit -> hits.add(hit(hit)));
                case "next_page_offset" -> next[0] = Json.isNull(each) ? null : Json.id(each);
                default -> each.skipChildren();
            }
        });
        return new ScrollPage(hits, next[0]);
    }

    private static Hit hit(JsonParser in) throws IOException {
        @Nullable PointId[] id = {null};
        long[] version = {0};
        float[] score = {0};
        List<Map<String, @Nullable Object>> payload = new ArrayList<>(1);
        List<Map<String, VectorValue>> vectors = new ArrayList<>(1);
        Json.object(in, (field, each) -> {
            if (Json.isNull(each)) {
                return;
            }
            switch (field) {
                case "id" -> id[0] = Json.id(each);
                case "version" -> version[0] = each.getLongValue();
                case "score" -> score[0] = Json.number(each);
                case "payload" -> payload.add(Json.map(each));
                case "vector" -> vectors.add(VectorBodies.ofPoint(each));
                default -> each.skipChildren();
            }
        });
        PointId known = id[0];
        if (known == null) {
            throw Faults.format("a point without an id");
        }
        return new Hit(
                known,
                version[0],
                score[0],
                payload.isEmpty() ? Map.of() : payload.getFirst(),
                vectors.isEmpty() ? Map.of() : vectors.getFirst());
    }
}
