package dev.pagoda.gateway.journal;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// The rows of one block of the request log. Not thread-safe.
final class BlockReader {
    private final BlockHead head;
    private final BlockBytes in;
    private final String[] texts;
    private final int[] rows;
    private final long[] started;

    /// @param body what follows the head
    BlockReader(BlockHead head, byte[] body) {
        this.head = head;
        this.in = new BlockBytes(body, 0);
        this.texts = new String[(int) in.getUnsigned()];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = in.getText();
        }
        this.rows = new int[head.rows()];
        this.started = new long[head.rows()];
        long before = 0;
        for (int i = 0; i < rows.length; i++) {
            int length = (int) in.getUnsigned();
            rows[i] = in.at;
            skipToNumbers();
            before += in.getSigned();
            started[i] = before;
            in.at = rows[i] + length;
        }
    }

    /// Whether a block can hold what is asked for, by its head.
    static boolean mayHold(BlockHead head, RequestQuery query) {
        if (head.lastSeq() <= query.afterSeq()
                || head.firstSeq() >= query.beforeSeq()
                || head.latestMicros() < query.fromMicros()
                || head.earliestMicros() >= query.toMicros()) {
            return false;
        }
        String id = query.equal().get(RequestRow.REQUEST_ID);
        var wanted = new RowId();
        if (id == null || !wanted.read(id, BlockWriter.REQUEST_PREFIX)) {
            return true;
        }
        long high = wanted.high();
        return Long.compareUnsigned(high, head.leastId()) >= 0 && Long.compareUnsigned(high, head.greatestId()) <= 0;
    }

    /// Adds the rows that are asked for, newest first, until there are as many as are wanted.
    void find(RequestQuery query, List<RequestRow> found) {
        BitSet[] wanted = new BitSet[RequestRow.TEXTS.size()];
        for (Map.Entry<String, String> equal : query.equal().entrySet()) {
            int column = RequestRow.TEXTS.indexOf(equal.getKey());
            if (column >= 0) {
                wanted[column] = places(equal.getValue()::equals);
            }
        }
        query.guard()
                .map(part -> part.toLowerCase(Locale.ROOT))
                .ifPresent(part -> wanted[RequestRow.GUARD] =
                        places(text -> text.toLowerCase(Locale.ROOT).contains(part)));
        if (Arrays.stream(wanted).anyMatch(places -> places != null && places.isEmpty())) {
            return;
        }
        for (int i = rows.length - 1; i >= 0 && found.size() < query.limit(); i--) {
            long seq = head.firstSeq() + i;
            if (seq > query.afterSeq()
                    && seq < query.beforeSeq()
                    && started[i] >= query.fromMicros()
                    && started[i] < query.toMicros()
                    && isWanted(i, wanted)) {
                RequestRow row = row(i);
                if (isWanted(row, query)) {
                    found.add(row);
                }
            }
        }
    }

    /// All rows, oldest first.
    void all(Consumer<RequestRow> each) {
        for (int i = 0; i < rows.length; i++) {
            each.accept(row(i));
        }
    }

    private static boolean isWanted(RequestRow row, RequestQuery query) {
        String id = query.equal().get(RequestRow.REQUEST_ID);
        String trace = query.equal().get(RequestRow.TRACE_ID);
        return (id == null || id.equals(row.requestId()))
                && (trace == null || trace.equals(row.traceId()))
                && row.numbers()[RequestRow.DURATION] >= query.leastDurationMicros();
    }

    private BitSet places(Predicate<String> isWanted) {
        var places = new BitSet();
        for (int i = 0; i < texts.length; i++) {
            places.set(i, isWanted.test(texts[i]));
        }
        return places;
    }

    private boolean isWanted(int index, BitSet[] wanted) {
        in.at = rows[index];
        skipId();
        skipId();
        for (BitSet places : wanted) {
            int place = (int) in.getUnsigned();
            if (places != null && !places.get(place)) {
                return false;
            }
        }
        return true;
    }

    private RequestRow row(int index) {
        in.at = rows[index];
        String requestId = id(BlockWriter.REQUEST_PREFIX);
        String traceId = id("");
        String[] values = new String[RequestRow.TEXTS.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = texts[(int) in.getUnsigned()];
        }
        long[] numbers = new long[RequestRow.NUMBERS.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = in.getSigned();
        }
        numbers[RequestRow.STARTED] = started[index];
        return new RequestRow(head.firstSeq() + index, requestId, traceId, values, numbers);
    }

    private String id(String prefix) {
        return in.get() == 1 ? RowId.text(prefix, in.getLong(), in.getLong()) : in.getText();
    }

    private void skipToNumbers() {
        skipId();
        skipId();
        for (int i = 0; i < RequestRow.TEXTS.size(); i++) {
            in.getUnsigned();
        }
    }

    private void skipId() {
        if (in.get() == 1) {
            in.at += 2 * Long.BYTES;
        } else {
            int length = (int) in.getUnsigned();
            in.at += length;
        }
    }
}
