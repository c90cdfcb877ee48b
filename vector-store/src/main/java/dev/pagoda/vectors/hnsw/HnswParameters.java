package dev.pagoda.vectors.hnsw;

/// How a graph is built.
///
/// @param m              links of a node on the upper layers, twice as many on the lowest; 2 to 256
/// @param efConstruction breadth of the search that places a node, 4 to 4,096
/// @param seed           decides the layers of the nodes
public record HnswParameters(int m, int efConstruction, long seed) {
    public HnswParameters {
        if (m < 2 || m > 256) {
            throw new IllegalArgumentException("m " + m + " is not from 2 to 256");
        }
        if (efConstruction < 4 || efConstruction > 4096) {
            throw new IllegalArgumentException("efConstruction " + efConstruction + " is not from 4 to 4096");
        }
    }
}
