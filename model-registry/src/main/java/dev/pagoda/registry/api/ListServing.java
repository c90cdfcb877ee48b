package dev.pagoda.registry.api;

/// A request for all versions that are marked for serving and that the caller may see.
public record ListServing() {}
