package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.api.VectorValue.Dense;
import dev.pagoda.vectors.api.VectorValue.Multi;
import dev.pagoda.vectors.api.VectorValue.Sparse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The one vector that stands for examples: the average of the good ones, moved away from that of the bad ones.
final class Averages {
    private Averages() {}

    /// Twice the average of `positive` less that of `negative`; the average of `positive` if there are no
    /// others.
    ///
    /// @param positive at least one; all are of one kind and length, as are `negative`
    static VectorValue of(List<VectorValue> positive, List<VectorValue> negative) {
        return switch (positive.getFirst()) {
            case Dense first -> {
                float[] good = dense(positive, first.values().length);
                if (negative.isEmpty()) {
                    yield new Dense(good);
                }
                float[] bad = dense(negative, first.values().length);
                float[] moved = new float[good.length];
                for (int i = 0; i < moved.length; i++) {
                    moved[i] = good[i] + good[i] - bad[i];
                }
                yield new Dense(moved);
            }
            case Sparse _ -> {
                Map<Integer, Float> sums = new TreeMap<>(Integer::compareUnsigned);
                add(sums, positive, (negative.isEmpty() ? 1f : 2f) / positive.size());
                add(sums, negative, -1f / Math.max(1, negative.size()));
                yield sparse(sums);
            }
            case Multi _ -> multi(positive, negative);
            case VectorValue.Text _ -> throw new IllegalStateException("a text was not made into a vector");
        };
    }

    /// Everything together, what is unwanted turned round.
    private static Multi multi(List<VectorValue> positive, List<VectorValue> negative) {
        List<float[]> all = new ArrayList<>();
        for (VectorValue vector : positive) {
            if (vector instanceof Multi(float[][] vectors)) {
                all.addAll(List.of(vectors));
            }
        }
        for (VectorValue vector : negative) {
            if (vector instanceof Multi(float[][] vectors)) {
                for (float[] each : vectors) {
                    float[] turned = new float[each.length];
                    for (int i = 0; i < turned.length; i++) {
                        turned[i] = -each[i];
                    }
                    all.add(turned);
                }
            }
        }
        if ((long) all.size() * all.getFirst().length > Multi.MAX_NUMBERS) {
            throw Refusals.invalidInput("the examples have more than " + Multi.MAX_NUMBERS + " numbers together");
        }
        return new Multi(all.toArray(float[][]::new));
    }

    private static float[] dense(List<VectorValue> vectors, int length) {
        float[] sum = new float[length];
        for (VectorValue vector : vectors) {
            if (!(vector instanceof Dense(float[] values))) {
                throw new IllegalStateException("vectors of one field are of different kinds");
            }
            for (int i = 0; i < length; i++) {
                sum[i] += values[i];
            }
        }
        for (int i = 0; i < length; i++) {
            sum[i] /= vectors.size();
        }
        return sum;
    }

    private static void add(Map<Integer, Float> sums, List<VectorValue> vectors, float weight) {
        for (VectorValue vector : vectors) {
            if (!(vector instanceof Sparse(int[] indices, float[] values))) {
                throw new IllegalStateException("vectors of one field are of different kinds");
            }
            for (int i = 0; i < indices.length; i++) {
                sums.merge(indices[i], weight * values[i], Float::sum);
            }
        }
    }

    private static Sparse sparse(Map<Integer, Float> sums) {
        int[] indices = new int[sums.size()];
        float[] values = new float[sums.size()];
        int at = 0;
        for (Map.Entry<Integer, Float> entry : sums.entrySet()) {
            indices[at] = entry.getKey();
            values[at++] = entry.getValue();
        }
        return new Sparse(indices, values);
    }
}
