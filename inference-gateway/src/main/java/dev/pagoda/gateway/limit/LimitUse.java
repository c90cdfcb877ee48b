package dev.pagoda.gateway.limit;

/// A rule and what its scope has taken.
///
/// @param requests in the last minute
/// @param tokens   in the last minute, reserved ones included
/// @param open     under way
public record LimitUse(LimitRule rule, long requests, long tokens, int open) {}
