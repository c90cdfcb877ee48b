package dev.pagoda.vectors.storage;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.zip.CRC32C;

/// A record in a file: length of the body, CRC32C over sequence and body, sequence number, body.
record Frame(long sequence, byte[] body) {
    static final int HEADER_BYTES = 16;

    /// A longer record is refused when written and taken for damage when read.
    static final int MAX_BODY_BYTES = 1 << 29;

    long bytes() {
        return HEADER_BYTES + (long) body.length;
    }

    ByteBuffer toBytes() {
        if (body.length > MAX_BODY_BYTES) {
            throw new IllegalArgumentException(
                    "a record of " + body.length + " bytes is longer than " + MAX_BODY_BYTES);
        }
        return ByteBuffer.allocate((int) bytes())
                .putInt(body.length)
                .putInt(checksum(sequence, body))
                .putLong(sequence)
                .put(body)
                .flip();
    }

    /// Reads the frame at `offset`; empty if the bytes there are not a whole and sound one.
    static Optional<Frame> read(FileChannel file, long offset, long size) throws IOException {
        if (size - offset < HEADER_BYTES) {
            return Optional.empty();
        }
        ByteBuffer header = fill(file, offset, HEADER_BYTES);
        int length = header.getInt();
        int checksum = header.getInt();
        long sequence = header.getLong();
        if (length < 0 || length > MAX_BODY_BYTES || length > size - offset - HEADER_BYTES) {
            return Optional.empty();
        }
        byte[] body = fill(file, offset + HEADER_BYTES, length).array();
        return checksum(sequence, body) == checksum ? Optional.of(new Frame(sequence, body)) : Optional.empty();
    }

    /// The length that the header at `offset` claims, -1 if it cannot be.
    static long claimedBytes(FileChannel file, long offset, long size) throws IOException {
        if (size - offset < HEADER_BYTES) {
            return -1;
        }
        int length = fill(file, offset, HEADER_BYTES).getInt();
        return length < 0 || length > size - offset - HEADER_BYTES ? -1 : HEADER_BYTES + (long) length;
    }

    static void writeFully(FileChannel file, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            if (file.write(bytes) < 0) {
                throw new EOFException("the file takes no more bytes");
            }
        }
    }

    private static ByteBuffer fill(FileChannel file, long offset, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            if (file.read(bytes, offset + bytes.position()) < 0) {
                throw new EOFException("the file ended at " + (offset + bytes.position()));
            }
        }
        return bytes.flip();
    }

    private static int checksum(long sequence, byte[] body) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(Long.BYTES).putLong(sequence).flip());
        crc.update(body);
        return (int) crc.getValue();
    }
}
