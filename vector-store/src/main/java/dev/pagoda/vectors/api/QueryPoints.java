package dev.pagoda.vectors.api;

/// Asks for the best points of a query.
///
/// @param withVectors whether hits carry their vectors
public record QueryPoints(String collection, Query query, boolean withVectors) {}
