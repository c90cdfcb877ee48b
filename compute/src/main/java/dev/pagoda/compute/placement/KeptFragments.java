package dev.pagoda.compute.placement;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The fragmentation of each node of one cluster, computed again only where the node changed.
final class KeptFragments {
    private final Fragmentation fragmentation;
    private @Nullable Cluster cluster;
    private int[] madeOf = {};
    private double[] fragment = {};

    KeptFragments(Fragmentation fragmentation) {
        this.fragmentation = fragmentation;
    }

    /// Of a node of any cluster; another cluster than last time begins anew.
    double of(Cluster of, int node) {
        if (cluster != of || madeOf.length < of.nodes()) {
            madeOf = cluster == of ? Arrays.copyOf(madeOf, of.nodes()) : new int[of.nodes()];
            fragment = cluster == of ? Arrays.copyOf(fragment, of.nodes()) : new double[of.nodes()];
            cluster = of;
        }
        int version = of.version(node);
        if (madeOf[node] != version) {
            madeOf[node] = version;
            fragment[node] = fragmentation.of(of, node);
        }
        return fragment[node];
    }
}
