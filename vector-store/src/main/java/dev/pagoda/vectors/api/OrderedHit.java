package dev.pagoda.vectors.api;

/// A point in an order.
///
/// @param value by which it stands here: `Long` or `Double`, and of a date microseconds since 1970 as a
///     `Long`
public record OrderedHit(Hit hit, Object value) {}
