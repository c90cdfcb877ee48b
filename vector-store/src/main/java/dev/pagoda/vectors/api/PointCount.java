package dev.pagoda.vectors.api;

/// The answer to [CountPoints], exact.
public record PointCount(long count) {}
