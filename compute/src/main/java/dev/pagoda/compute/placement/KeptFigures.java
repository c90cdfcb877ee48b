package dev.pagoda.compute.placement;

import java.util.Arrays;

/// A figure of each node of a cluster and its forks, computed again only where the node is in another state than
/// when it was asked for last.
final class KeptFigures {
    private final NodeFigure figure;
    private long[] madeOf = {};
    private double[] kept = {};

    KeptFigures(NodeFigure figure) {
        this.figure = figure;
    }

    double of(Cluster cluster, int node) {
        if (madeOf.length < cluster.nodes()) {
            madeOf = Arrays.copyOf(madeOf, cluster.nodes());
            kept = Arrays.copyOf(kept, cluster.nodes());
        }
        long version = cluster.version(node);
        if (madeOf[node] != version) {
            kept[node] = figure.of(cluster, node);
            madeOf[node] = version;
        }
        return kept[node];
    }
}
