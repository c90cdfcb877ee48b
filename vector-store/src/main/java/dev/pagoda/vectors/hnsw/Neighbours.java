package dev.pagoda.vectors.hnsw;

/// Nodes found, best first; ties by ascending node. The arrays belong to whoever asked.
///
/// @param scores similarity by [Metric], as many as `nodes`
public record Neighbours(int[] nodes, float[] scores) {
    public int size() {
        return nodes.length;
    }
}
