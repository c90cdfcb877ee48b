package dev.pagoda.compute.api;

/// A request for who holds devices now.
public record ListPlacements() {}
