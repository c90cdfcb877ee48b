package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.storage.Journal;
import java.util.concurrent.CompletableFuture;

/// A write that is visible and in the order of writes.
///
/// @param sequence its number
/// @param durable  completes when it is on disk, with the number; only then may it be acknowledged
public record Written(long sequence, CompletableFuture<Long> durable) {
    /// A write that is in the journal; waiting for it fails as a failure of the storage.
    static Written of(Journal.Appended appended) {
        return new Written(appended.sequence(), appended.durable().handle((done, failure) -> {
            if (failure != null) {
                throw Refusals.storageFailed(String.valueOf(failure.getMessage()));
            }
            return appended.sequence();
        }));
    }
}
