package dev.pagoda.registry.api;

/// Asks for a file of the caller's tenant, what is in it or what it is.
public record FindFile(String id) {}
