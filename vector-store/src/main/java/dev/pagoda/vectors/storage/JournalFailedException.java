package dev.pagoda.vectors.storage;

/// The journal cannot take a record: the disk refused an earlier one, or it is closed.
@SuppressWarnings("serial") // never serialised
public final class JournalFailedException extends RuntimeException {
    JournalFailedException(String message, Throwable cause) {
        super(message, cause);
    }

    JournalFailedException(String message) {
        super(message);
    }
}
