package dev.pagoda.governance.api;

/// Asks a module what it is doing now. The platform sees everything, a tenant sees its own.
public record StatusQuery() {}
