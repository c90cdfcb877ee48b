package dev.pagoda.registry.api;

/// A file that a tenant has sent.
///
/// @param id            `file-` and a text of ours, never reused
/// @param filename      as it was sent, for people
/// @param purpose       as it was sent, one of OpenAI's
/// @param bytes         its size
/// @param createdMicros wall clock, microseconds since the epoch
public record StoredFile(String id, String filename, String purpose, long bytes, long createdMicros) {}
