package dev.pagoda.gateway.journal;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/*
 * A block is the texts of its rows, each once, and then the rows: their length, request id, trace id, the places of their
 * texts, and their numbers, of which the beginning is told from the row before. A row takes about 60 bytes so, and a block
 * in which a wanted text does not occur is passed over without reading its rows.
 */

/// Collects rows into one block of the request log. Not thread-safe.
final class BlockWriter {
    static final int MAX_ROWS = 4_000;
    static final String REQUEST_PREFIX = "req_";
    private static final int MAX_BYTES = 1 << 20;

    private final Map<String, Integer> places = new HashMap<>();
    private final BlockBytes texts = new BlockBytes();
    private final BlockBytes rows = new BlockBytes();
    private final BlockBytes row = new BlockBytes();
    private final RowId id = new RowId();
    private int count;
    private long firstSeq;
    private long startedMicros;
    private long earliest;
    private long latest;
    private long leastId;
    private long greatestId;

    int count() {
        return count;
    }

    boolean isFull() {
        return count >= MAX_ROWS || texts.at + rows.at >= MAX_BYTES;
    }

    /// The number that the next row must have, if it is not the first.
    long nextSeq() {
        return firstSeq + count;
    }

    void clear() {
        places.clear();
        texts.clear();
        rows.clear();
        count = 0;
    }

    void add(RequestRow added) {
        if (count == 0) {
            firstSeq = added.seq();
            startedMicros = 0;
            earliest = Long.MAX_VALUE;
            latest = Long.MIN_VALUE;
            leastId = -1;
            greatestId = 0;
        } else if (added.seq() != nextSeq()) {
            throw new IllegalArgumentException("row " + added.seq() + " does not follow row " + (nextSeq() - 1));
        }
        row.clear();
        if (putId(added.requestId(), REQUEST_PREFIX)) {
            leastId = Long.compareUnsigned(id.high(), leastId) < 0 ? id.high() : leastId;
            greatestId = Long.compareUnsigned(id.high(), greatestId) > 0 ? id.high() : greatestId;
        }
        putId(added.traceId(), "");
        for (String text : added.texts()) {
            row.putUnsigned(place(text));
        }
        long started = added.startedMicros();
        row.putSigned(started - startedMicros);
        startedMicros = started;
        long[] numbers = added.numbers();
        for (int i = 1; i < numbers.length; i++) {
            row.putSigned(numbers[i]);
        }
        rows.putUnsigned(row.at);
        rows.putAll(row.bytes, row.at);
        earliest = Math.min(earliest, started);
        latest = Math.max(latest, started);
        count++;
    }

    /// The whole block, with its head; at least one row was added.
    ByteBuffer block() {
        var body = new BlockBytes(new byte[texts.at + rows.at + 5], 0);
        body.putUnsigned(places.size());
        body.putAll(texts.bytes, texts.at);
        body.putAll(rows.bytes, rows.at);
        var head = new BlockHead(
                body.at, BlockHead.sum(body.bytes, body.at), count, firstSeq, earliest, latest, leastId, greatestId);
        ByteBuffer block = ByteBuffer.allocate(BlockHead.BYTES + body.at);
        head.write(block);
        return block.put(body.bytes, 0, body.at).flip();
    }

    /// @return whether it is packed
    private boolean putId(String text, String prefix) {
        boolean isPacked = id.read(text, prefix);
        row.put(isPacked ? 1 : 0);
        if (isPacked) {
            row.putLong(id.high());
            row.putLong(id.low());
        } else {
            row.putText(text);
        }
        return isPacked;
    }

    private int place(String text) {
        Integer known = places.get(text);
        if (known != null) {
            return known;
        }
        int place = places.size();
        places.put(text, place);
        texts.putText(text);
        return place;
    }
}
