package dev.pagoda.vectors.api;

/// Asks to drop a collection with its points.
public record DeleteCollection(String collection) {}
