package dev.pagoda.vectors.api;

import java.util.List;

/// What the vector store is doing now: the caller's own collections, or everybody's for the platform.
///
/// @param collections by tenant and name
/// @param kernel      the distance kernel in use, `scalar` or `simd-BITS`
public record VectorsStatus(List<CollectionStatus> collections, String kernel) {
    public VectorsStatus {
        collections = List.copyOf(collections);
    }

    /// One collection.
    ///
    /// @param bytes   estimate of the memory that its vectors, links and postings take
    /// @param queries searches answered since the start
    public record CollectionStatus(
            String tenant, String name, long points, List<Field> fields, long bytes, long queries, long writes) {
        public CollectionStatus {
            fields = List.copyOf(fields);
        }
    }

    /// One vector field.
    ///
    /// @param dimensions 0 for a sparse field
    public record Field(String name, int dimensions, String distance) {}
}
