package dev.pagoda.vectors.qdrant;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.api.VectorValue.Dense;
import dev.pagoda.vectors.api.VectorValue.Multi;
import dev.pagoda.vectors.api.VectorValue.Sparse;
import dev.pagoda.vectors.api.VectorValue.Text;
import dev.pagoda.vectors.collection.Refusals;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads vectors straight into arrays of floats.
final class VectorBodies {
    /// The one model that the store runs itself.
    static final String BM25 = "qdrant/bm25";

    private VectorBodies() {}

    /// The vectors of a point: an array for the unnamed one, or an object by name.
    static Map<String, VectorValue> ofPoint(JsonParser in) throws IOException {
        return switch (in.currentToken()) {
            case START_ARRAY -> Map.of(VectorValue.UNNAMED, array(in));
            case START_OBJECT -> named(in);
            default -> throw Json.expected("a vector or vectors by name", in);
        };
    }

    /// One vector: an array, an array of arrays, a sparse object or a text to be encoded.
    static VectorValue one(JsonParser in) throws IOException {
        return switch (in.currentToken()) {
            case START_ARRAY -> array(in);
            case START_OBJECT -> {
                Parts parts = new Parts();
                Json.object(in, parts::read);
                VectorValue vector = parts.vector();
                if (vector == null) {
                    throw Faults.format("data did not match any variant of untagged enum Vector");
                }
                yield vector;
            }
            default -> throw Json.expected("a vector", in);
        };
    }

    /// A vector of a query: as [#one], but Qdrant takes an empty one for one of the wrong length.
    static VectorValue asked(JsonParser in) throws IOException {
        if (in.currentToken() != JsonToken.START_ARRAY) {
            return one(in);
        }
        JsonToken first = in.nextToken();
        if (first == JsonToken.END_ARRAY) {
            throw Refusals.invalidInput("Vector dimension error: expected at least 1, got 0");
        }
        return array(in, first);
    }

    /// A vector, or several of the same length.
    static VectorValue array(JsonParser in) throws IOException {
        return array(in, in.nextToken());
    }

    private static VectorValue array(JsonParser in, @Nullable JsonToken first) throws IOException {
        return first == JsonToken.START_ARRAY ? multi(in) : new Dense(numbers(in, first));
    }

    static Dense dense(JsonParser in) throws IOException {
        return new Dense(numbers(in, in.nextToken()));
    }

    /// From the first vector on.
    private static Multi multi(JsonParser in) throws IOException {
        List<float[]> vectors = new ArrayList<>();
        long numbers = 0;
        for (JsonToken token = in.currentToken(); token != JsonToken.END_ARRAY; token = in.nextToken()) {
            if (token != JsonToken.START_ARRAY) {
                throw Json.expected("an array of numbers", in);
            }
            JsonToken first = in.nextToken();
            if (first == JsonToken.END_ARRAY) {
                throw Faults.validation("vector.?.data: all vectors must be non-empty");
            }
            float[] vector = numbers(in, first);
            numbers += vector.length;
            if (numbers > Multi.MAX_NUMBERS) {
                throw Faults.validation(
                        "vector", "more than " + Multi.MAX_NUMBERS + " numbers", "a multivector may not have so many");
            }
            vectors.add(vector);
            if (vector.length != vectors.getFirst().length) {
                throw Faults.validation(
                        "vector.?.data: all vectors must have the same dimension, found vector with dimension "
                                + vector.length + " beside one with dimension " + vectors.getFirst().length);
            }
        }
        return new Multi(vectors.toArray(float[][]::new));
    }

    /// From the first number on, to the end of the array.
    private static float[] numbers(JsonParser in, @Nullable JsonToken first) throws IOException {
        if (first == JsonToken.END_ARRAY) {
            throw Faults.validation("vector.?: dense vector must not be empty");
        }
        float[] values = new float[256];
        int size = 0;
        for (JsonToken token = first; token != JsonToken.END_ARRAY; token = in.nextToken()) {
            if (size == values.length) {
                values = Arrays.copyOf(values, size * 2);
            }
            values[size++] = Json.number(in);
        }
        return Arrays.copyOf(values, size);
    }

    private static Map<String, VectorValue> named(JsonParser in) throws IOException {
        Map<String, VectorValue> vectors = new LinkedHashMap<>();
        Parts document = new Parts();
        Json.object(in, (name, each) -> {
            if (each.currentToken() == JsonToken.VALUE_STRING || name.equals("options")) {
                document.read(name, each);
            } else {
                vectors.put(name, one(each));
            }
        });
        VectorValue text = document.vector();
        if (text != null) {
            vectors.put(VectorValue.UNNAMED, text);
        }
        return vectors;
    }

    /// The parts of a sparse vector or of something that a model turns into a vector.
    static final class Parts {
        private int @Nullable [] indices;
        private float @Nullable [] values;
        private @Nullable String text;
        private @Nullable String model;
        private Map<String, @Nullable Object> options = Map.of();
        private boolean other;

        /// Takes a field if it is a part; skips it if not.
        void read(String field, JsonParser in) throws IOException {
            switch (field) {
                case "indices" -> indices = Json.indices(in);
                case "values" -> values = Json.floats(in);
                case "text" -> text = Json.text(in);
                case "model" -> model = Json.text(in);
                case "options" -> options = Json.isNull(in) ? Map.of() : Json.map(in);
                case "image", "object" -> {
                    in.skipChildren();
                    other = true;
                }
                default -> in.skipChildren();
            }
        }

        /// Null if no part was there.
        @Nullable
        VectorValue vector() {
            if (text != null || other) {
                return document();
            }
            if (indices == null && values == null) {
                return null;
            }
            if (indices == null || values == null) {
                throw Faults.format("a sparse vector needs `indices` and `values`");
            }
            return sparse(indices, values);
        }

        private VectorValue document() {
            if (text == null || !BM25.equalsIgnoreCase(model)) {
                throw Faults.badRequest("InferenceService is not initialized: the only model that this server runs is "
                        + BM25 + " for text, got " + model);
            }
            return new Text(text, options);
        }

        private static Sparse sparse(int[] indices, float[] values) {
            if (indices.length != values.length) {
                throw Faults.validation("vector.?.values: Validation error: must be the same length as indices [{}]");
            }
            try {
                return new Sparse(indices, values);
            } catch (IllegalArgumentException _) {
                throw Faults.validation("vector.?.indices: Validation error: must be unique [{}]");
            }
        }
    }
}
