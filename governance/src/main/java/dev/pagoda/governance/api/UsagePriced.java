package dev.pagoda.governance.api;

/// The answer to a recorded usage, given once the record is durable.
///
/// @param costNanos price of the request in nano-dollars
public record UsagePriced(long costNanos) {}
