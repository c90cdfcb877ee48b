package dev.pagoda.vectors.api;

/// The answer to a creation or a drop, given when it is on disk.
///
/// @param changed false if the collection was there already, or was not there to drop
public record CollectionChanged(boolean changed) {}
