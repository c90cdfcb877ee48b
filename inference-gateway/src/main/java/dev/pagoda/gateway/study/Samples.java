package dev.pagoda.gateway.study;

import java.util.Arrays;

/// Figures of which mean, spread and percentiles are wanted. Not thread-safe.
public final class Samples {
    private float[] values = new float[1_024];
    private int size;
    private boolean isSorted;
    private double sum;

    public void add(double value) {
        if (size == values.length) {
            values = Arrays.copyOf(values, 2 * size);
        }
        values[size++] = (float) value;
        sum += value;
        isSorted = false;
    }

    public int size() {
        return size;
    }

    /// 0 when there is nothing.
    public double mean() {
        return size == 0 ? 0 : sum / size;
    }

    /// Linear between the two nearest ranks, as NumPy does; 0 when there is nothing.
    ///
    /// @param share 0 to 1
    public double quantile(double share) {
        if (size == 0) {
            return 0;
        }
        if (!isSorted) {
            Arrays.sort(values, 0, size);
            isSorted = true;
        }
        double rank = share * (size - 1);
        int below = (int) rank;
        int above = Math.min(below + 1, size - 1);
        return values[below] + (rank - below) * (values[above] - values[below]);
    }

    /// Standard deviation of all; 0 when there is nothing.
    public double deviation() {
        double mean = mean();
        double squares = 0;
        for (int i = 0; i < size; i++) {
            squares += (values[i] - mean) * (values[i] - mean);
        }
        return size == 0 ? 0 : Math.sqrt(squares / size);
    }

    /// The share of figures that are at most so high.
    public double shareUpTo(double limit) {
        int count = 0;
        for (int i = 0; i < size; i++) {
            if (values[i] <= limit) {
                count++;
            }
        }
        return size == 0 ? 0 : (double) count / size;
    }
}
