package dev.pagoda.vectors.storage;

import java.io.IOException;

/// A file does not hold what was written; the message names it and the offset.
@SuppressWarnings("serial") // never serialised
public final class DamagedFileException extends IOException {
    public DamagedFileException(String message) {
        super(message);
    }
}
