package dev.pagoda.gateway.model;

import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;

/// Measured times over one axis, linear between the points and beyond the last by the slope of the last two.
public final class Curve {
    private final int[] at;
    private final double[] micros;

    /// @param points at least one
    public Curve(NavigableMap<Integer, Double> points) {
        if (points.isEmpty()) {
            throw new IllegalArgumentException("a curve has no points");
        }
        at = new int[points.size()];
        micros = new double[points.size()];
        int i = 0;
        for (Map.Entry<Integer, Double> point : points.entrySet()) {
            at[i] = point.getKey();
            micros[i++] = point.getValue();
        }
    }

    public int last() {
        return at[at.length - 1];
    }

    public double micros(double x) {
        int upper = upper(at, x);
        if (at.length == 1) {
            return micros[0];
        }
        double value = micros[upper - 1] + share(at, upper, x) * (micros[upper] - micros[upper - 1]);
        return Math.max(0, value);
    }

    /// The upper end, from 1 on, of the piece of an axis that a value falls into or is nearest to.
    static int upper(int[] axis, double x) {
        int place = Arrays.binarySearch(axis, (int) Math.ceil(x));
        int upper = place < 0 ? -place - 1 : place;
        return Math.max(1, Math.min(upper, axis.length - 1));
    }

    /// Where a value lies in its piece: 0 at the lower end, 1 at the upper, beyond them outside.
    static double share(int[] axis, int upper, double x) {
        return (x - axis[upper - 1]) / (axis[upper] - axis[upper - 1]);
    }
}
