package dev.pagoda.vectors.api;

/// A value of a key and how many points have it.
///
/// @param value `String`, `Long` or `Boolean`
public record FacetHit(Object value, long count) {}
