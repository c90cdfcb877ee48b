package dev.pagoda.gateway.journal;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32C;

/// What stands before the rows of a block, so that one that cannot hold what is looked for is passed over unread.
///
/// @param length         bytes of the block behind its head
/// @param sum            CRC-32C of those
/// @param firstSeq       number of its first row; the others follow without a gap
/// @param earliestMicros least beginning of a request
/// @param latestMicros   greatest one
/// @param leastId        first half of the least request id, unsigned
/// @param greatestId     first half of the greatest one
record BlockHead(
        int length,
        int sum,
        int rows,
        long firstSeq,
        long earliestMicros,
        long latestMicros,
        long leastId,
        long greatestId) {
    static final int BYTES = 4 * Integer.BYTES + 5 * Long.BYTES;

    /// More than a block has; longer ones are torn.
    static final int MAX_LENGTH = 64 << 20;

    private static final int MAGIC = 0x50524c31;

    long lastSeq() {
        return firstSeq + rows - 1;
    }

    void write(ByteBuffer out) {
        out.putInt(MAGIC).putInt(length).putInt(sum).putInt(rows);
        out.putLong(firstSeq).putLong(earliestMicros).putLong(latestMicros);
        out.putLong(leastId).putLong(greatestId);
    }

    /// The head at a place; empty if there is none.
    static Optional<BlockHead> read(ByteBuffer in, int at) {
        if (in.limit() - at < BYTES || in.getInt(at) != MAGIC) {
            return Optional.empty();
        }
        int longs = at + 4 * Integer.BYTES;
        var head = new BlockHead(
                in.getInt(at + Integer.BYTES),
                in.getInt(at + 2 * Integer.BYTES),
                in.getInt(at + 3 * Integer.BYTES),
                in.getLong(longs),
                in.getLong(longs + Long.BYTES),
                in.getLong(longs + 2 * Long.BYTES),
                in.getLong(longs + 3 * Long.BYTES),
                in.getLong(longs + 4 * Long.BYTES));
        boolean isHead = head.length > 0 && head.length <= MAX_LENGTH && head.rows > 0 && head.rows <= head.length;
        return isHead ? Optional.of(head) : Optional.empty();
    }

    static int sum(byte[] bytes, int length) {
        var crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
