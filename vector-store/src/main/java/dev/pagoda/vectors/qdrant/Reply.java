package dev.pagoda.vectors.qdrant;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.pagoda.vectors.api.Hit;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.VectorValue;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Writes answers token by token.
final class Reply {
    private static final double NANOS_PER_SECOND = 1e9;

    private Reply() {}

    /// Writes what stands behind `result`.
    interface Content {
        void write(JsonGenerator out) throws IOException;
    }

    /// The envelope of a success.
    ///
    /// @param encoding   of the answer
    /// @param startNanos when the request came, by `System.nanoTime()`
    static Buffer ok(JsonFactory encoding, long startNanos, Content content) {
        return encoded(encoding, out -> {
            out.writeStartObject();
            out.writeFieldName("result");
            content.write(out);
            out.writeStringField("status", "ok");
            out.writeNumberField("time", (System.nanoTime() - startNanos) / NANOS_PER_SECOND);
            out.writeEndObject();
        });
    }

    static Buffer json(Content content) {
        return encoded(Json.FACTORY, content);
    }

    static Buffer encoded(JsonFactory encoding, Content content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        try (JsonGenerator out = encoding.createGenerator(bytes)) {
            content.write(out);
        } catch (IOException unreachable) {
            throw new UncheckedIOException("writing to memory", unreachable);
        }
        return Buffer.buffer(bytes.toByteArray());
    }

    static void updateResult(JsonGenerator out, long operation, boolean waited) throws IOException {
        out.writeStartObject();
        out.writeNumberField("operation_id", operation);
        out.writeStringField("status", waited ? "completed" : "acknowledged");
        out.writeEndObject();
    }

    /// A point as `retrieve` and `scroll` tell it: without score, the payload always there.
    static void record(JsonGenerator out, Hit hit, Selection selection) throws IOException {
        out.writeStartObject();
        out.writeFieldName("id");
        id(out, hit.id());
        out.writeFieldName("payload");
        value(out, selection.payload() ? selection.of(hit.payload()) : null);
        vectors(out, hit, selection);
        orderValue(out, hit);
        out.writeEndObject();
    }

    /// A point as a search tells it.
    static void scored(JsonGenerator out, Hit hit, Selection selection) throws IOException {
        out.writeStartObject();
        out.writeFieldName("id");
        id(out, hit.id());
        out.writeNumberField("version", hit.version());
        out.writeNumberField("score", hit.score());
        if (selection.payload()) {
            out.writeFieldName("payload");
            value(out, selection.of(hit.payload()));
        }
        vectors(out, hit, selection);
        orderValue(out, hit);
        out.writeEndObject();
    }

    private static void orderValue(JsonGenerator out, Hit hit) throws IOException {
        Number value = hit.orderValue();
        if (value != null) {
            out.writeFieldName("order_value");
            value(out, value);
        }
    }

    static void records(JsonGenerator out, List<Hit> hits, Selection selection) throws IOException {
        out.writeStartArray();
        for (Hit hit : hits) {
            record(out, hit, selection);
        }
        out.writeEndArray();
    }

    static void scored(JsonGenerator out, List<Hit> hits, Selection selection) throws IOException {
        out.writeStartArray();
        for (Hit hit : hits) {
            scored(out, hit, selection);
        }
        out.writeEndArray();
    }

    static void id(JsonGenerator out, PointId id) throws IOException {
        switch (id) {
            case PointId.Numbered(long number) -> {
                if (number >= 0) {
                    out.writeNumber(number);
                } else {
                    out.writeNumber(new BigInteger(Long.toUnsignedString(number)));
                }
            }
            case PointId.Named(UUID uuid) -> out.writeString(uuid.toString());
        }
    }

    static void value(JsonGenerator out, @Nullable Object value) throws IOException {
        switch (value) {
            case null -> out.writeNull();
            case String text -> out.writeString(text);
            case Long number -> out.writeNumber(number);
            case Double number -> out.writeNumber(number);
            case Boolean flag -> out.writeBoolean(flag);
            case List<?> list -> {
                out.writeStartArray();
                for (Object element : list) {
                    value(out, element);
                }
                out.writeEndArray();
            }
            case Map<?, ?> map -> {
                out.writeStartObject();
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    out.writeFieldName((String) entry.getKey());
                    value(out, entry.getValue());
                }
                out.writeEndObject();
            }
            default -> throw new IllegalStateException("no payload holds a " + value.getClass());
        }
    }

    private static void vectors(JsonGenerator out, Hit hit, Selection selection) throws IOException {
        if (!selection.vectors()) {
            return;
        }
        Map<String, VectorValue> vectors = selection.vectorsOf(hit.vectors());
        out.writeFieldName("vector");
        VectorValue unnamed = vectors.get(VectorValue.UNNAMED);
        if (vectors.size() == 1 && unnamed != null) {
            vector(out, unnamed);
            return;
        }
        out.writeStartObject();
        for (Map.Entry<String, VectorValue> entry : vectors.entrySet()) {
            out.writeFieldName(entry.getKey());
            vector(out, entry.getValue());
        }
        out.writeEndObject();
    }

    static void vector(JsonGenerator out, VectorValue vector) throws IOException {
        switch (vector) {
            case VectorValue.Dense(float[] values) -> floats(out, values);
            case VectorValue.Multi(float[][] vectors) -> {
                out.writeStartArray();
                for (float[] each : vectors) {
                    floats(out, each);
                }
                out.writeEndArray();
            }
            case VectorValue.Sparse(int[] indices, float[] values) -> {
                out.writeStartObject();
                out.writeArrayFieldStart("indices");
                for (int index : indices) {
                    out.writeNumber(Integer.toUnsignedLong(index));
                }
                out.writeEndArray();
                out.writeFieldName("values");
                floats(out, values);
                out.writeEndObject();
            }
            case VectorValue.Text _ -> throw new IllegalStateException("text is no stored vector");
        }
    }

    private static void floats(JsonGenerator out, float[] values) throws IOException {
        out.writeStartArray();
        for (float value : values) {
            out.writeNumber(value);
        }
        out.writeEndArray();
    }
}
