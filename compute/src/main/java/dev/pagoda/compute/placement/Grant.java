package dev.pagoda.compute.placement;

/// What a task has of one device.
///
/// @param device its index in the node
/// @param milli  thousandths of an undivided device, 0 for a slice
/// @param bytes  of its memory
/// @param slots  of a partitioned device, 0 otherwise
public record Grant(int device, int milli, long bytes, long slots) {}
