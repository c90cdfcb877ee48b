package dev.pagoda.vectors.api;

/// Asks how many points match.
public record CountPoints(String collection, Filter filter) {}
