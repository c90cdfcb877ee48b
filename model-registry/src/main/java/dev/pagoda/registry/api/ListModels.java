package dev.pagoda.registry.api;

/// A request for the models that the caller may see.
public record ListModels() {}
