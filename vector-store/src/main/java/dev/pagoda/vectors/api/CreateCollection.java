package dev.pagoda.vectors.api;

/// Asks for a new collection of the caller's tenant.
///
/// @param ifAbsent whether a collection that is there already is fine, whatever its configuration
public record CreateCollection(String collection, CollectionConfig config, boolean ifAbsent) {}
