package dev.pagoda.governance.api;

/// The answer to a recorded batch, given once all of it is durable.
///
/// @param fresh     requests that had not been recorded before
/// @param costNanos price of those in nano-dollars
public record BatchPriced(int fresh, long costNanos) {}
