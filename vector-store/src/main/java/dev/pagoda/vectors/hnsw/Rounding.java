package dev.pagoda.vectors.hnsw;

import dev.pagoda.vectors.kernel.Kernel;
import dev.pagoda.vectors.kernel.Kernel.Measure;
import dev.pagoda.vectors.kernel.Kernels;
import dev.pagoda.vectors.quant.Rows;

/// How far what [Rows#near] says of a row may be from what [Rows#exact] would.
///
/// @param norm         the length of the query by the norm that belongs to the measure
/// @param greatestNorm of the rows, for the dot product
/// @param error        of a sum over all coordinates, relative; 0 where nothing is rounded
record Rounding(Measure measure, float norm, float greatestNorm, float error) {
    private static final Kernel KERNEL = Kernels.best();

    /// The greatest relative error of a float's upper half, which has 8 significant bits, and about the standard
    /// deviation of it.
    private static final float GREATEST = 0x1.0p-8f;

    private static final float DEVIATION = 0x1.0p-9f;

    /// Standard deviations that are allowed for.
    private static final float DEVIATIONS = 4;

    /// A lesser sum of squares may have lost some of them.
    private static final float LEAST_SQUARE = 1e-30f;

    static Rounding of(Rows rows, Measure measure, float[] query, float greatestNorm) {
        float error = Math.min(GREATEST, DEVIATIONS * DEVIATION / (float) Math.sqrt(query.length));
        return new Rounding(measure, norm(query, measure), greatestNorm, rows.isNearExact() ? 0 : error);
    }

    private static float norm(float[] vector, Measure measure) {
        if (measure != Measure.MANHATTAN) {
            return length(vector);
        }
        double sum = 0;
        for (float value : vector) {
            sum += Math.abs(value);
        }
        return (float) sum;
    }

    /// The length of a vector.
    static float length(float[] vector) {
        float square = KERNEL.dot(vector, 0, vector, 0, vector.length);
        if (square >= LEAST_SQUARE && square <= Float.MAX_VALUE) {
            return (float) Math.sqrt(square);
        }
        double wide = 0;
        for (float value : vector) {
            wide += (double) value * value;
        }
        return (float) Math.sqrt(wide);
    }

    boolean isNone() {
        return error == 0;
    }

    /// How much less or more than `distance` a distance may be.
    float margin(float distance) {
        return switch (measure) {
            case DOT -> error * norm * greatestNorm;
            case MANHATTAN -> error * (norm + distance);
            case SQUARED_L2 -> {
                float length = (float) Math.sqrt(distance);
                float reach = error * (norm + length);
                // the squares of the errors do not cancel out
                float squares = isNone() ? 0 : GREATEST * GREATEST * (norm + length) * (norm + length);
                yield 2 * length * reach + squares;
            }
        };
    }

    /// Whether a node may after all be nearer than another one; what overflows may be anywhere.
    boolean mayBeNearer(float distance, float other) {
        return !(distance - margin(distance) > other + margin(other));
    }
}
