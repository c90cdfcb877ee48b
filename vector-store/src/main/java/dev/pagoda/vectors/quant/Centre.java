package dev.pagoda.vectors.quant;

import org.jspecify.annotations.Nullable;

/// The mean of the first rows that are put, which wait for it. Safe from any thread.
final class Centre {
    /// Rows whose mean it is.
    static final int FIRST = 256;

    /// What is done with a row as soon as the centre is known.
    interface Writing {
        void write(int row, float[] values, float[] centre);
    }

    private final Writing writing;
    private volatile float @Nullable [] mean;
    private int[] early = new int[FIRST];
    private float[][] earlyValues = new float[FIRST][];
    private int earlyCount;

    Centre(Writing writing) {
        this.writing = writing;
    }

    /// Null until it is known.
    float @Nullable [] mean() {
        return mean;
    }

    /// Writes a row, now or when enough are there.
    ///
    /// @param values kept until then
    void put(int row, float[] values) {
        float[] known = mean;
        if (known == null) {
            known = withEarly(row, values);
            if (known == null) {
                return;
            }
        }
        writing.write(row, values, known);
    }

    /// @return the centre, null if the row has to wait for it
    private synchronized float @Nullable [] withEarly(int row, float[] values) {
        if (mean != null) {
            return mean;
        }
        early[earlyCount] = row;
        earlyValues[earlyCount++] = values;
        if (earlyCount < FIRST) {
            return null;
        }
        float[] sum = new float[values.length];
        for (float[] each : earlyValues) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += each[i] / FIRST;
            }
        }
        for (int i = 0; i < FIRST; i++) {
            writing.write(early[i], earlyValues[i], sum);
        }
        early = new int[0];
        earlyValues = new float[0][];
        mean = sum;
        return sum;
    }
}
