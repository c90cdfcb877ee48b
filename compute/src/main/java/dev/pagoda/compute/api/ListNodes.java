package dev.pagoda.compute.api;

/// A request for the nodes of the fleet with their devices.
public record ListNodes() {}
