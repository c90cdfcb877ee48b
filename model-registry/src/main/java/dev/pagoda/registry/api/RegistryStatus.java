package dev.pagoda.registry.api;

/// Counts over the models that the caller may see.
///
/// @param served versions marked for serving
public record RegistryStatus(int models, int versions, int served) {}
