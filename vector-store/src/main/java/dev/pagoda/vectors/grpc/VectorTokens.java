package dev.pagoda.vectors.grpc;

import static dev.pagoda.vectors.grpc.ValueTokens.floats;
import static dev.pagoda.vectors.grpc.ValueTokens.malformed;

import com.fasterxml.jackson.core.JsonGenerator;
import io.qdrant.client.grpc.JsonWithInt.Value;
import io.qdrant.client.grpc.Points.DenseVector;
import io.qdrant.client.grpc.Points.Document;
import io.qdrant.client.grpc.Points.Image;
import io.qdrant.client.grpc.Points.InferenceObject;
import io.qdrant.client.grpc.Points.MultiDenseVector;
import io.qdrant.client.grpc.Points.SparseIndices;
import io.qdrant.client.grpc.Points.SparseVector;
import io.qdrant.client.grpc.Points.Vector;
import io.qdrant.client.grpc.Points.VectorInput;
import io.qdrant.client.grpc.Points.Vectors;
import java.io.IOException;
import java.util.Map;

/// Vectors as the bodies of the HTTP paths tell them.
final class VectorTokens {
    private VectorTokens() {}

    /// The vectors of a point: an array for the unnamed dense one, else an object by name.
    static void ofPoint(JsonGenerator out, Vectors vectors) throws IOException {
        switch (vectors.getVectorsOptionsCase()) {
            case VECTOR -> {
                Vector vector = vectors.getVector();
                if (isArray(vector)) {
                    vector(out, vector);
                } else {
                    out.writeStartObject();
                    out.writeFieldName("");
                    vector(out, vector);
                    out.writeEndObject();
                }
            }
            case VECTORS -> {
                out.writeStartObject();
                for (Map.Entry<String, Vector> entry :
                        vectors.getVectors().getVectorsMap().entrySet()) {
                    out.writeFieldName(entry.getKey());
                    vector(out, entry.getValue());
                }
                out.writeEndObject();
            }
            case VECTORSOPTIONS_NOT_SET -> {
                out.writeStartObject();
                out.writeEndObject();
            }
        }
    }

    // the fields of clients before 1.13 are deprecated and still to be understood
    @SuppressWarnings("deprecation")
    private static boolean isArray(Vector vector) {
        return switch (vector.getVectorCase()) {
            case DENSE, MULTI_DENSE -> true;
            case SPARSE, DOCUMENT, IMAGE, OBJECT -> false;
            case VECTOR_NOT_SET -> !vector.hasIndices();
        };
    }

    @SuppressWarnings("deprecation")
    static void vector(JsonGenerator out, Vector vector) throws IOException {
        switch (vector.getVectorCase()) {
            case DENSE -> dense(out, vector.getDense());
            case MULTI_DENSE -> multi(out, vector.getMultiDense());
            case SPARSE -> sparse(out, vector.getSparse());
            case DOCUMENT -> document(out, vector.getDocument());
            case IMAGE -> image(out, vector.getImage());
            case OBJECT -> object(out, vector.getObject());
            case VECTOR_NOT_SET -> {
                if (vector.hasIndices()) {
                    sparse(out, vector.getIndices(), vector.getDataCount(), vector::getData);
                } else if (vector.hasVectorsCount()) {
                    rows(out, vector);
                } else {
                    floats(out, vector.getDataCount(), vector::getData);
                }
            }
        }
    }

    /// What a query is asked with: a vector or the id of a point that has one.
    static void input(JsonGenerator out, VectorInput input) throws IOException {
        switch (input.getVariantCase()) {
            case ID -> ValueTokens.id(out, input.getId());
            case DENSE -> dense(out, input.getDense());
            case SPARSE -> sparse(out, input.getSparse());
            case MULTI_DENSE -> multi(out, input.getMultiDense());
            case DOCUMENT -> document(out, input.getDocument());
            case IMAGE -> image(out, input.getImage());
            case OBJECT -> object(out, input.getObject());
            case VARIANT_NOT_SET -> throw malformed("a vector input holds neither a vector nor an id");
        }
    }

    private static void dense(JsonGenerator out, DenseVector vector) throws IOException {
        floats(out, vector.getDataCount(), vector::getData);
    }

    private static void sparse(JsonGenerator out, SparseVector vector) throws IOException {
        SparseIndices indices =
                SparseIndices.newBuilder().addAllData(vector.getIndicesList()).build();
        sparse(out, indices, vector.getValuesCount(), vector::getValues);
    }

    /// @param indices unsigned numbers of 32 bits
    static void sparse(JsonGenerator out, SparseIndices indices, int size, ValueTokens.Floats values)
            throws IOException {
        out.writeStartObject();
        out.writeArrayFieldStart("indices");
        for (int i = 0; i < indices.getDataCount(); i++) {
            out.writeNumber(Integer.toUnsignedLong(indices.getData(i)));
        }
        out.writeEndArray();
        out.writeFieldName("values");
        floats(out, size, values);
        out.writeEndObject();
    }

    private static void multi(JsonGenerator out, MultiDenseVector vectors) throws IOException {
        out.writeStartArray();
        for (DenseVector row : vectors.getVectorsList()) {
            dense(out, row);
        }
        out.writeEndArray();
    }

    @SuppressWarnings("deprecation")
    private static void rows(JsonGenerator out, Vector vector) throws IOException {
        long rows = Integer.toUnsignedLong(vector.getVectorsCount());
        if (rows == 0 || vector.getDataCount() == 0 || vector.getDataCount() % rows != 0) {
            throw malformed(vector.getDataCount() + " numbers do not make " + rows + " vectors of one size");
        }
        int size = (int) (vector.getDataCount() / rows);
        out.writeStartArray();
        for (int from = 0; from < vector.getDataCount(); from += size) {
            floats(out, from, from + size, vector::getData);
        }
        out.writeEndArray();
    }

    private static void document(JsonGenerator out, Document document) throws IOException {
        out.writeStartObject();
        out.writeStringField("text", document.getText());
        inferred(out, document.getModel(), document.getOptionsMap());
    }

    private static void image(JsonGenerator out, Image image) throws IOException {
        out.writeStartObject();
        out.writeFieldName("image");
        ValueTokens.value(out, image.getImage());
        inferred(out, image.getModel(), image.getOptionsMap());
    }

    private static void object(JsonGenerator out, InferenceObject object) throws IOException {
        out.writeStartObject();
        out.writeFieldName("object");
        ValueTokens.value(out, object.getObject());
        inferred(out, object.getModel(), object.getOptionsMap());
    }

    private static void inferred(JsonGenerator out, String model, Map<String, Value> options) throws IOException {
        out.writeStringField("model", model);
        if (!options.isEmpty()) {
            out.writeFieldName("options");
            ValueTokens.map(out, options);
        }
        out.writeEndObject();
    }
}
