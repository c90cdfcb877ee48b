package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.Datatype;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.VectorValue.Multi;
import dev.pagoda.vectors.kernel.Kernel;
import dev.pagoda.vectors.kernel.Kernel.Measure;
import dev.pagoda.vectors.kernel.Kernels;

/// Compares one query with the multivectors of a field: for each vector of the query the best that any of the
/// point's comes to, added up. Greater is closer, as of [dev.pagoda.vectors.hnsw.Metric]. For one thread.
final class MaxSim {
    private static final Kernel KERNEL = Kernels.best();

    /// Fewer vectors of a query are faster compared one by one.
    private static final int MANY = 10;

    private static final int GROUP = 16;

    private final Distance distance;

    /// Whether what is stored is not of unit length although cosine asks for it.
    private final boolean scales;

    private final float[][] query;

    /// The query dimension by dimension, as the kernel wants it, and room for its results; empty for few
    /// vectors.
    private final float[] columns;

    private final float[] best;

    /// @param query of unit length under cosine
    MaxSim(DenseConfig field, Multi query) {
        this.distance = field.distance();
        this.scales = distance == Distance.COSINE && field.datatype() == Datatype.UINT8;
        this.query = query.vectors();
        int count = this.query.length;
        int padded = count < MANY ? 0 : (count + GROUP - 1) / GROUP * GROUP;
        this.best = new float[padded];
        this.columns = new float[padded * field.size()];
        for (int i = 0; padded > 0 && i < field.size(); i++) {
            for (int j = 0; j < count; j++) {
                columns[i * padded + j] = this.query[j][i];
            }
        }
    }

    float of(Multivector stored) {
        int dimensions = stored.dimensions();
        float[] numbers = stored.numbers();
        if (scales) {
            for (int at = 0; at < numbers.length; at += dimensions) {
                scale(numbers, at, dimensions);
            }
        }
        double sum = columns.length == 0 ? Double.NaN : byColumns(numbers, dimensions);
        return Double.isNaN(sum) ? oneByOne(numbers, dimensions) : (float) sum;
    }

    /// NaN if any number overflows into it.
    private double byColumns(float[] numbers, int dimensions) {
        KERNEL.best(measure(), columns, best.length, dimensions, numbers, numbers.length / dimensions, best);
        double sum = 0;
        for (int i = 0; i < query.length; i++) {
            sum += best[i];
        }
        return distance.isHigherBetter() ? sum : -sum;
    }

    private Measure measure() {
        return switch (distance) {
            case COSINE, DOT -> Measure.DOT;
            case EUCLID -> Measure.SQUARED_L2;
            case MANHATTAN -> Measure.MANHATTAN;
        };
    }

    private float oneByOne(float[] numbers, int dimensions) {
        double sum = 0;
        for (float[] asked : query) {
            float best = Float.NEGATIVE_INFINITY;
            for (int at = 0; at < numbers.length; at += dimensions) {
                best = Math.max(best, similarity(asked, numbers, at));
            }
            sum += best;
        }
        return Double.isNaN(sum) ? Float.NEGATIVE_INFINITY : (float) sum;
    }

    /// Never NaN: what overflows into it counts as infinitely far.
    private float similarity(float[] asked, float[] numbers, int at) {
        float computed = switch (distance) {
            case COSINE, DOT -> KERNEL.dot(asked, 0, numbers, at, asked.length);
            case EUCLID -> -KERNEL.squaredL2(asked, 0, numbers, at, asked.length);
            case MANHATTAN -> -KERNEL.manhattan(asked, 0, numbers, at, asked.length);
        };
        return Float.isNaN(computed) ? Float.NEGATIVE_INFINITY : computed;
    }

    private static void scale(float[] numbers, int at, int length) {
        float norm = (float) Math.sqrt(KERNEL.dot(numbers, at, numbers, at, length));
        if (norm > 0) {
            for (int i = at; i < at + length; i++) {
                numbers[i] /= norm;
            }
        }
    }
}
