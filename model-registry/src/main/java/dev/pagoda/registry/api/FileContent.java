package dev.pagoda.registry.api;

/// A file with what is in it.
///
/// @param content handed over with the record; compares by identity
public record FileContent(StoredFile file, byte[] content) {}
