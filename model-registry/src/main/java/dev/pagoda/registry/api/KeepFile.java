package dev.pagoda.registry.api;

/// Has a file kept for the caller's tenant.
///
/// @param purpose one of OpenAI's, those that only servers write included
/// @param content not to be written to any more
public record KeepFile(String filename, String purpose, byte[] content) {}
