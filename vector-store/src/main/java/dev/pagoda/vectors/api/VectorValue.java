package dev.pagoda.vectors.api;

import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One vector of a point or of a query. The arrays belong to the record once it is made.
public sealed interface VectorValue {

    /// The name of the one vector of a collection whose vectors have no names.
    String UNNAMED = "";

    /// Every dimension written out.
    record Dense(float[] values) implements VectorValue {
        public Dense {
            if (values.length == 0) {
                throw new IllegalArgumentException("a dense vector of 0 dimensions; at least 1 is needed");
            }
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Dense that && Arrays.equals(values, that.values);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(values);
        }

        @Override
        public String toString() {
            return "Dense[" + values.length + "]";
        }
    }

    /// Several vectors of equal length, compared by `max_sim`.
    record Multi(float[][] vectors) implements VectorValue {
        /// Numbers of all its vectors together, as in Qdrant 1.19.
        public static final int MAX_NUMBERS = 1 << 20;

        public Multi {
            if (vectors.length == 0 || vectors[0].length == 0) {
                throw new IllegalArgumentException("a multivector needs at least 1 vector of at least 1 dimension");
            }
            for (float[] vector : vectors) {
                if (vector.length != vectors[0].length) {
                    throw new IllegalArgumentException("the vectors of a multivector have " + vectors[0].length
                            + " and " + vector.length + " dimensions; all must have the same");
                }
            }
            if ((long) vectors.length * vectors[0].length > MAX_NUMBERS) {
                throw new IllegalArgumentException(vectors.length + " vectors of " + vectors[0].length
                        + " dimensions have more than " + MAX_NUMBERS + " numbers");
            }
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Multi that && Arrays.deepEquals(vectors, that.vectors);
        }

        @Override
        public int hashCode() {
            return Arrays.deepHashCode(vectors);
        }

        @Override
        public String toString() {
            return "Multi[" + vectors.length + " x " + vectors[0].length + "]";
        }
    }

    /// Only the dimensions that are not zero: `indices` are unsigned, unique and sorted on construction.
    record Sparse(int[] indices, float[] values) implements VectorValue {
        public Sparse {
            if (indices.length != values.length) {
                throw new IllegalArgumentException(
                        "a sparse vector has " + indices.length + " indices but " + values.length + " values");
            }
            if (!isAscending(indices)) {
                Integer[] order = new Integer[indices.length];
                Arrays.setAll(order, i -> i);
                int[] given = indices;
                float[] weights = values;
                Arrays.sort(order, (a, b) -> Integer.compareUnsigned(given[a], given[b]));
                int[] sortedIndices = new int[given.length];
                float[] sortedValues = new float[given.length];
                for (int i = 0; i < order.length; i++) {
                    sortedIndices[i] = given[order[i]];
                    sortedValues[i] = weights[order[i]];
                    if (i > 0 && sortedIndices[i] == sortedIndices[i - 1]) {
                        throw new IllegalArgumentException("a sparse vector has index "
                                + Integer.toUnsignedString(sortedIndices[i]) + " twice; indices must be unique");
                    }
                }
                indices = sortedIndices;
                values = sortedValues;
            }
        }

        private static boolean isAscending(int[] indices) {
            for (int i = 1; i < indices.length; i++) {
                if (Integer.compareUnsigned(indices[i - 1], indices[i]) >= 0) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Sparse that
                    && Arrays.equals(indices, that.indices)
                    && Arrays.equals(values, that.values);
        }

        @Override
        public int hashCode() {
            return 31 * Arrays.hashCode(indices) + Arrays.hashCode(values);
        }

        @Override
        public String toString() {
            return "Sparse[" + indices.length + "]";
        }
    }

    /// Text that the store turns into a sparse BM25 vector: term weights when stored, 1 per term when asked.
    ///
    /// @param options how, by the names of Qdrant: `k`, `b`, `avg_len`, `language`, and those of a text index
    record Text(String text, Map<String, @Nullable Object> options) implements VectorValue {
        public Text {
            Objects.requireNonNull(text, "text");
            options = Payloads.freeze(options);
        }

        public Text(String text) {
            this(text, Map.of());
        }
    }

    static VectorValue dense(float... values) {
        return new Dense(values);
    }

    static VectorValue multi(float[]... vectors) {
        return new Multi(vectors);
    }

    static VectorValue text(String text) {
        return new Text(text);
    }
}
