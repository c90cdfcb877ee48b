package dev.pagoda.compute.placement;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A figure of each node of one cluster, computed again only where the node changed.
final class KeptFigures {
    private final NodeFigure figure;
    private @Nullable Cluster cluster;
    private int[] madeOf = {};
    private double[] kept = {};

    KeptFigures(NodeFigure figure) {
        this.figure = figure;
    }

    /// Of a node of any cluster; another cluster than last time begins anew.
    double of(Cluster of, int node) {
        if (cluster != of || madeOf.length < of.nodes()) {
            madeOf = cluster == of ? Arrays.copyOf(madeOf, of.nodes()) : new int[of.nodes()];
            kept = cluster == of ? Arrays.copyOf(kept, of.nodes()) : new double[of.nodes()];
            cluster = of;
        }
        int version = of.version(node);
        if (madeOf[node] != version) {
            madeOf[node] = version;
            kept[node] = figure.of(of, node);
        }
        return kept[node];
    }
}
