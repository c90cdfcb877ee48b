package dev.pagoda.vectors.api;

/// Asks to delete points.
public record DeletePoints(String collection, Selector selector) {}
