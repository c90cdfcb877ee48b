package dev.pagoda.vectors.hnsw;

import dev.pagoda.vectors.kernel.Kernel.Measure;

/// Similarity of two vectors, greater meaning closer.
public enum Metric {
    /// Dot product of vectors scaled to unit length.
    COSINE(Measure.SQUARED_L2),
    /// Dot product.
    DOT(Measure.DOT),
    /// Squared L2 distance, negated.
    L2(Measure.SQUARED_L2),
    /// Sum of absolute differences, negated.
    MANHATTAN(Measure.MANHATTAN);

    private final Measure measure;

    Metric(Measure measure) {
        this.measure = measure;
    }

    /// What a walk over the graph computes. Vectors of unit length are in the same order by squared L2
    /// distance, of which edge codes give better estimates, as by dot product.
    Measure walkMeasure() {
        return measure;
    }

    /// What a score is made of.
    Measure scoreMeasure() {
        return this == COSINE ? Measure.DOT : measure;
    }

    /// The score of a computed [#scoreMeasure]; never NaN: what overflows into it counts as infinitely far.
    float score(float computed) {
        float score = this == L2 || this == MANHATTAN ? -computed : computed;
        return Float.isNaN(score) ? Float.NEGATIVE_INFINITY : score;
    }
}
