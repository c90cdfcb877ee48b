package dev.pagoda.vectors.api;

/// The answer to a write, given when it is on disk and visible.
///
/// @param operationId sequence number of the write, growing
public record PointsWritten(long operationId) {}
