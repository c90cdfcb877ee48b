package dev.pagoda.compute.placement;

/// A figure that follows from the state of one node.
interface NodeFigure {
    double of(Cluster cluster, int node);
}
