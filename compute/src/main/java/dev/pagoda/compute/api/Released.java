package dev.pagoda.compute.api;

/// The answer to a release.
///
/// @param devices how many came back; 0 when the placement was gone already, which is no error: a node may have
///     failed
public record Released(int devices) {}
