package dev.pagoda.vectors.storage;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// A record in a file: length of the body, CRC32C, sequence number, body.
///
/// The length's second highest bit says that the record continues a group: when it was written, the one before it had
/// not been forced to disk yet. The checksum covers that bit, the sequence number and the body.
record Frame(long sequence, byte[] body, boolean continues) {
    static final int HEADER_BYTES = 16;

    /// A longer record is refused when written and taken for damage when read.
    static final int MAX_BODY_BYTES = 1 << 29;

    private static final int CONTINUES = 1 << 30;

    Frame(long sequence, byte[] body) {
        this(sequence, body, false);
    }

    long bytes() {
        return HEADER_BYTES + (long) body.length;
    }

    ByteBuffer toBytes() {
        if (body.length > MAX_BODY_BYTES) {
            throw new IllegalArgumentException(
                    "a record of " + body.length + " bytes is longer than " + MAX_BODY_BYTES);
        }
        return ByteBuffer.allocate((int) bytes())
                .putInt(continues ? body.length | CONTINUES : body.length)
                .putInt(checksum(sequence, body, continues))
                .putLong(sequence)
                .put(body)
                .flip();
    }

    /// The header's length without its flag, -1 if it cannot be.
    static int length(int first) {
        int length = first & ~CONTINUES;
        return length < 0 || length > MAX_BODY_BYTES ? -1 : length;
    }

    static boolean continues(int first) {
        return (first & CONTINUES) != 0;
    }

    static int checksum(long sequence, byte[] body, boolean continues) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(Long.BYTES).putLong(sequence).flip());
        crc.update(body);
        if (continues) {
            crc.update(1);
        }
        return (int) crc.getValue();
    }
}
