package dev.pagoda.vectors.storage;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// The order of all writes, and the promise that those which were acknowledged survive. Safe from any thread.
public sealed interface Journal permits FileJournal, MemoryJournal {

    /// Takes a record into the order.
    ///
    /// @param forceWithinNanos 0: it is acknowledged when it is forced to disk. Above 0: it is acknowledged when
    ///     the operating system has it, and forced at the latest so much later
    /// @throws JournalFailedException if an earlier record could not be written, or the journal is closed
    Appended append(byte[] body, long forceWithinNanos);

    /// Takes a record that is acknowledged when it is forced to disk.
    default Appended append(byte[] body) {
        return append(body, 0);
    }

    /// The number of the last record appended, 0 before the first.
    long lastSequence();

    /// Bytes appended since the last [#roll()].
    long bytesSinceRoll();

    /// How often the file was forced to disk.
    long forces();

    /// Why no record is taken now; empty while all is well.
    Optional<String> refusal();

    /// Ends the present file: what is appended from now on goes to a new one.
    ///
    /// @return the number of the last record in the files that are ended
    long roll() throws IOException;

    /// Lets go of ended files whose records all have numbers up to `sequence`.
    void discardThrough(long sequence) throws IOException;

    /// Writes what is pending and closes. Later records are refused.
    void close() throws IOException;

    /// A record in the order.
    ///
    /// @param sequence its number, one above that of the record before
    /// @param durable  completes, on a thread of the journal, when the record is acknowledged; fails if it could
    ///     not be
    ///     written in time. Then it is still in the order, and is written when the disk takes it
    record Appended(long sequence, CompletableFuture<Void> durable) {}
}
