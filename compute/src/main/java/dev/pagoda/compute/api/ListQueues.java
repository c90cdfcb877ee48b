package dev.pagoda.compute.api;

/// The tenant tree and what is used of it; others than administrators see their own queue.
public record ListQueues() {}
