package dev.pagoda.compute.sim;

import dev.pagoda.compute.placement.Cluster;
import dev.pagoda.compute.placement.Fragmentation;

/// The expected fragment of a whole cluster, kept up to date node by node.
final class FragmentTotal {
    private final Cluster cluster;
    private final Fragmentation fragmentation;
    private final double[] byNode;
    private double milli;

    FragmentTotal(Cluster cluster, Fragmentation fragmentation) {
        this.cluster = cluster;
        this.fragmentation = fragmentation;
        this.byNode = new double[cluster.nodes()];
        for (int node = 0; node < byNode.length; node++) {
            changed(node);
        }
    }

    void changed(int node) {
        double now = fragmentation.of(cluster, node);
        milli += now - byNode[node];
        byNode[node] = now;
    }

    /// Thousandths of a GPU.
    double milli() {
        return milli;
    }
}
