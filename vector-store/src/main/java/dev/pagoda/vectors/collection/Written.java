package dev.pagoda.vectors.collection;

import java.util.concurrent.CompletableFuture;

/// A write that is visible and in the order of writes.
///
/// @param sequence its number
/// @param durable  completes when it is on disk, with the number; only then may it be acknowledged
public record Written(long sequence, CompletableFuture<Long> durable) {}
