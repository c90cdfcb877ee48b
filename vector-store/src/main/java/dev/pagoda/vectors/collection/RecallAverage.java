package dev.pagoda.vectors.collection;

/// The average recall of checked searches, newer ones weighing more; NaN before the first. One writer at a time, read
/// by any.
final class RecallAverage {
    /// Weight of the newest check.
    private static final double WEIGHT = 0.02;

    private volatile double value = Double.NaN;

    void add(double recall) {
        double before = value;
        value = Double.isNaN(before) ? recall : before + WEIGHT * (recall - before);
    }

    double value() {
        return value;
    }
}
