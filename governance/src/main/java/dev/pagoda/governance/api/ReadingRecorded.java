package dev.pagoda.governance.api;

/// The answer to a recorded reading, given once it is durable.
///
/// @param isFresh false when the reading had been recorded before
public record ReadingRecorded(boolean isFresh) {}
