package dev.pagoda.gateway.model;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/// Measured times of one layer's experts by tokens and by how many experts they hit, linear along both axes.
public final class MoeTable {
    private final int[] tokens;
    private final Curve[] byExperts;

    /// @param points by tokens, then by experts hit; at least one
    public MoeTable(NavigableMap<Integer, NavigableMap<Integer, Double>> points) {
        if (points.isEmpty()) {
            throw new IllegalArgumentException("a table of experts has no points");
        }
        tokens = new int[points.size()];
        byExperts = new Curve[points.size()];
        int i = 0;
        for (Map.Entry<Integer, NavigableMap<Integer, Double>> each : points.entrySet()) {
            tokens[i] = each.getKey();
            byExperts[i++] = new Curve(new TreeMap<>(each.getValue()));
        }
    }

    public double micros(double rows, double expertsHit) {
        if (tokens.length == 1) {
            return byExperts[0].micros(expertsHit);
        }
        int upper = Curve.upper(tokens, rows);
        double low = at(upper - 1, expertsHit);
        return Math.max(0, low + Curve.share(tokens, upper, rows) * (at(upper, expertsHit) - low));
    }

    /// Few tokens cannot hit many experts: beyond what was measured the last value stands.
    private double at(int index, double expertsHit) {
        Curve curve = byExperts[index];
        return curve.micros(Math.min(expertsHit, curve.last()));
    }
}
