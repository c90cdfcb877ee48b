package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.api.VectorValue.Dense;
import dev.pagoda.vectors.api.VectorValue.Multi;
import dev.pagoda.vectors.api.VectorValue.Sparse;
import dev.pagoda.vectors.api.VectorValue.Text;
import dev.pagoda.vectors.hnsw.IndexConfig;
import dev.pagoda.vectors.kernel.Kernels;
import dev.pagoda.vectors.text.Bm25;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Makes vectors fit the fields of a collection, or refuses them.
final class VectorCheck {
    private VectorCheck() {}

    /// The vectors as they are stored: of unit length for cosine, rounded to the field's datatype, texts as
    /// BM25 weights.
    static Map<String, VectorValue> stored(CollectionConfig config, Map<String, VectorValue> vectors) {
        Map<String, VectorValue> fitted = LinkedHashMap.newLinkedHashMap(vectors.size());
        vectors.forEach((name, vector) -> fitted.put(name, fit(config, name, vector, false)));
        return fitted;
    }

    /// Changes with their vectors as they are stored.
    static List<Change> stored(CollectionConfig now, List<Change> changes) {
        return changes.stream().map(change -> stored(now, change)).toList();
    }

    private static Change stored(CollectionConfig now, Change change) {
        return switch (change) {
            case Change.Upsert(List<Point> points, Change.Mode mode, Filter filter) ->
                new Change.Upsert(
                        points.stream()
                                .map(point -> new Point(point.id(), stored(now, point.vectors()), point.payload()))
                                .toList(),
                        mode,
                        filter);
            case Change.UpdateVectors(List<Change.PointVectors> points, Filter filter) ->
                new Change.UpdateVectors(
                        points.stream()
                                .map(point -> new Change.PointVectors(point.id(), stored(now, point.vectors())))
                                .toList(),
                        filter);
            case Change.DeleteVectors deletion -> {
                deletion.names().forEach(each -> requireField(now, each));
                yield change;
            }
            case Change.Delete _,
                    Change.SetPayload _,
                    Change.OverwritePayload _,
                    Change.DeletePayload _,
                    Change.ClearPayload _ -> change;
        };
    }

    /// A query vector of a field, as its index compares it.
    static VectorValue asked(CollectionConfig config, String field, VectorValue vector) {
        return fit(config, field, vector, true);
    }

    /// Refuses a configuration under which vectors that are there would not fit any more.
    static void requireSameVectors(CollectionConfig config, CollectionConfig next) {
        config.dense().forEach((field, present) -> {
            DenseConfig changed = next.dense().get(field);
            if (changed == null ? next.sparse().containsKey(field) : !changed.hasSameVectors(present)) {
                throw Refusals.badRequest("size, distance and datatype of vector \"" + field + "\" cannot change");
            }
        });
        for (String field : config.sparse().keySet()) {
            if (next.dense().containsKey(field)) {
                throw Refusals.badRequest("sparse vector \"" + field + "\" cannot become dense");
            }
        }
    }

    static void requireField(CollectionConfig config, String name) {
        if (!config.hasField(name)) {
            throw unknownField(name);
        }
    }

    private static VectorValue fit(CollectionConfig config, String name, VectorValue vector, boolean isQuery) {
        DenseConfig dense = config.dense().get(name);
        if (dense != null) {
            return switch (vector) {
                case Dense(float[] values) -> {
                    float[] fitted = fitDense(dense, values, isQuery);
                    yield dense.isMulti() ? new Multi(new float[][] {fitted}) : new Dense(fitted);
                }
                case Multi(float[][] vectors) -> fitMulti(dense, name, vectors, isQuery);
                case Sparse _ ->
                    throw Refusals.invalidInput(
                            "Expected a dense vector for vector \"" + name + "\", got a sparse one");
                case Text _ ->
                    throw Refusals.badRequest("vector \"" + name + "\" is dense: text for it needs an inference"
                            + " service, and this store has only qdrant/bm25 for sparse vectors");
            };
        }
        if (!config.sparse().containsKey(name)) {
            throw unknownField(name);
        }
        return switch (vector) {
            case Dense _ ->
                throw Refusals.invalidInput("Expected a sparse vector for vector \"" + name + "\", got a dense one");
            case Multi _ ->
                throw Refusals.invalidInput("Expected a sparse vector for vector \"" + name + "\", got a multivector");
            case Sparse sparse -> requireFinite(sparse);
            case Text text -> encoded(text, isQuery);
        };
    }

    private static Multi fitMulti(DenseConfig field, String name, float[][] vectors, boolean isQuery) {
        if (!field.isMulti()) {
            throw Refusals.invalidInput("Conversion between multi and regular vectors failed: vector \"" + name
                    + "\" takes one vector a point, got " + vectors.length);
        }
        float[][] fitted = new float[vectors.length][];
        for (int i = 0; i < fitted.length; i++) {
            fitted[i] = fitDense(field, vectors[i], isQuery);
        }
        return new Multi(fitted);
    }

    /// Of unit length for cosine, then rounded as the field rounds. A query is not rounded.
    private static float[] fitDense(DenseConfig field, float[] values, boolean isQuery) {
        try {
            IndexConfig.requireVector(values, field.size());
        } catch (IllegalArgumentException refused) {
            throw Refusals.invalidInput(String.valueOf(refused.getMessage()));
        }
        if (isQuery) {
            return field.distance() == Distance.COSINE ? unit(values) : values;
        }
        return switch (field.datatype()) {
            case FLOAT32, TURBO4 -> field.distance() == Distance.COSINE ? unit(values) : values;
            case FLOAT16 -> rounded(field, field.distance() == Distance.COSINE ? unit(values) : values);
            case UINT8 -> rounded(field, values);
        };
    }

    private static float[] rounded(DenseConfig field, float[] values) {
        float[] rounded = new float[values.length];
        for (int i = 0; i < rounded.length; i++) {
            rounded[i] = field.datatype().rounded(values[i]);
            if (Float.isInfinite(rounded[i])) {
                throw Refusals.invalidInput("vector value " + values[i] + " at " + i + " is beyond 65504, the greatest "
                        + "number of datatype float16");
            }
        }
        return rounded;
    }

    private static float[] unit(float[] values) {
        double norm = Math.sqrt(Kernels.best().dot(values, 0, values, 0, values.length));
        if (Double.isInfinite(norm) || norm < 1e-10) {
            norm = preciseNorm(values);
        }
        // a zero vector stays zero; what is of unit length stays as it is, bit by bit
        if (norm == 0 || Math.abs(norm - 1) < 1e-6) {
            return values;
        }
        float[] unit = new float[values.length];
        for (int i = 0; i < unit.length; i++) {
            unit[i] = (float) (values[i] / norm);
        }
        return unit;
    }

    private static double preciseNorm(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += (double) value * value;
        }
        return Math.sqrt(sum);
    }

    private static Sparse requireFinite(Sparse sparse) {
        for (float value : sparse.values()) {
            if (!Float.isFinite(value)) {
                throw Refusals.invalidInput("sparse vector value " + value + " is not finite");
            }
        }
        return sparse;
    }

    private static Sparse encoded(Text text, boolean isQuery) {
        try {
            Bm25 encoder = Bm25.of(text.options());
            return isQuery ? encoder.query(text.text()) : encoder.document(text.text());
        } catch (IllegalArgumentException refused) {
            throw Refusals.badRequest("options of qdrant/bm25: " + refused.getMessage());
        }
    }

    /// Refuses a snapshot whose vectors are others than those of the collection that is to become it.
    static void requireShardOf(CollectionConfig present, CollectionConfig found) {
        if (!present.hasSameVectors(found)) {
            throw Refusals.invalidInput("the snapshot is of a shard with other vectors: it has "
                    + found.dense().keySet() + " and sparse " + found.sparse().keySet() + ", the collection "
                    + present.dense().keySet() + " and sparse "
                    + present.sparse().keySet() + ", or sizes or distances differ");
        }
    }

    static RuntimeException unknownField(String name) {
        return Refusals.invalidInput("Not existing vector name error: " + name);
    }
}
