package dev.pagoda.deploy.bench;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// Reads one answer in OpenAI's events as it comes over the wire, with as little work as may be: an event with text
/// counts when its last byte is there. Pure; time is a parameter. Not thread-safe.
final class TokenStream {
    private static final byte[] ID = "\"id\":\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CONTENT = "\"content\":\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] USAGE = "\"completion_tokens\":".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END = "data: [DONE]".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] ERROR = "\"error\":".getBytes(StandardCharsets.US_ASCII);
    private static final int MOST_LINE = 65_536;

    /// Hears of each event with text.
    interface Listener {
        void onText(long atNanos);
    }

    private final Listener listener;
    private long[] times = new long[64];
    private int[] lengths = new int[64];
    /// Events with text.
    private int count;
    /// Where the text of the last event began within its line.
    private int contentAt;

    private long textBytes;
    private byte[] line = new byte[1_024];
    private int length;
    private long hash = 0xcbf29ce484222325L;
    private int status;
    private long completionTokens = -1;
    private boolean isDone;
    private String error = "";
    private String id = "";

    TokenStream(Listener listener) {
        this.listener = listener;
    }

    /// Bytes of the connection, chunk sizes and all: lines of an event hold no line ends, and each comes in one chunk.
    void read(byte[] bytes, long atNanos) {
        read(bytes, 0, bytes.length, atNanos);
    }

    /// As the other, for a part of an array, which is not kept.
    void read(byte[] bytes, int from, int to, long atNanos) {
        int begin = from;
        for (int i = from; i < to; i++) {
            if (bytes[i] == '\n') {
                if (length == 0) {
                    line(bytes, begin, i, atNanos);
                } else {
                    keep(bytes, begin, i);
                    line(line, 0, length, atNanos);
                    length = 0;
                }
                begin = i + 1;
            }
        }
        keep(bytes, begin, to);
    }

    /// The beginning of a line whose end has not come.
    private void keep(byte[] bytes, int from, int to) {
        int count = Math.min(to - from, MOST_LINE - length);
        if (length + count > line.length) {
            line = Arrays.copyOf(line, Math.max(2 * line.length, length + count));
        }
        System.arraycopy(bytes, from, line, length, count);
        length += count;
    }

    private void line(byte[] bytes, int from, int to, long atNanos) {
        if (status == 0) {
            String first = text(bytes, from, to);
            status = first.startsWith("HTTP/1.1 ") ? Integer.parseInt(first.substring(9, 12)) : -1;
            return;
        }
        if (to - from < 6 || bytes[from] != 'd' || bytes[from + 5] != ' ') {
            if (status != 200 && to - from > 2 && bytes[from] == '{') {
                error = text(bytes, from, to);
            }
            return;
        }
        if (id.isEmpty()) {
            int start = after(ID, bytes, from, to);
            int end = start < 0 ? to : start;
            while (end < to && bytes[end] != '"') {
                end++;
            }
            id = start < 0 ? "" : text(bytes, start, end);
        }
        // what stands before the text is as long in each event of a stream
        int content = from + contentAt;
        if (contentAt == 0 || content >= to || !isBefore(content, CONTENT, bytes, from, to)) {
            content = after(CONTENT, bytes, from, to);
        }
        if (content < 0) {
            other(bytes, from, to);
            return;
        }
        contentAt = content - from;
        if (bytes[content] != '"') {
            long before = textBytes;
            for (int i = content; i < to && bytes[i] != '"'; i++) {
                if (bytes[i] == '\\') {
                    mix(bytes[i++]);
                }
                mix(bytes[i]);
            }
            if (count == times.length) {
                times = Arrays.copyOf(times, 2 * count);
                lengths = Arrays.copyOf(lengths, 2 * count);
            }
            times[count] = atNanos;
            lengths[count++] = (int) (textBytes - before);
            listener.onText(atNanos);
        }
    }

    /// An event that is no piece of the answer.
    private void other(byte[] bytes, int from, int to) {
        int usage = after(USAGE, bytes, from, to);
        if (usage > 0) {
            long tokens = 0;
            for (int i = usage; i < to && bytes[i] >= '0' && bytes[i] <= '9'; i++) {
                tokens = 10 * tokens + bytes[i] - '0';
            }
            completionTokens = tokens;
        }
        if (after(END, bytes, from, to) > 0) {
            isDone = true;
        } else if (after(ERROR, bytes, from, to) > 0) {
            error = text(bytes, from, to);
        }
    }

    private static String text(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }

    private void mix(byte each) {
        hash = (hash ^ (each & 0xff)) * 0x100000001b3L;
        textBytes++;
    }

    /// Where the line goes on behind some bytes; -1 when it has none such.
    private static int after(byte[] what, byte[] bytes, int from, int to) {
        for (int at = from + what.length; at <= to; at++) {
            if (isBefore(at, what, bytes, from, to)) {
                return at < to || Arrays.equals(what, END) ? at : -1;
            }
        }
        return -1;
    }

    private static boolean isBefore(int at, byte[] what, byte[] bytes, int from, int to) {
        int start = at - what.length;
        return start >= from && at <= to && Arrays.equals(bytes, start, at, what, 0, what.length);
    }

    /// The request's id, as the first event says.
    String id() {
        return id;
    }

    /// When each event with text came.
    List<Long> times() {
        return Arrays.stream(times, 0, count).boxed().toList();
    }

    /// Tokens that came from one time to before another: an event can bring several, so that each is counted by its
    /// part of the whole text.
    double tokensWithin(long fromNanos, long toNanos) {
        long bytes = 0;
        for (int i = 0; i < count; i++) {
            if (times[i] >= fromNanos && times[i] < toNanos) {
                bytes += lengths[i];
            }
        }
        return textBytes == 0 ? 0 : (double) Math.max(0, completionTokens) * bytes / textBytes;
    }

    int events() {
        return count;
    }

    /// Of the text, in the order of its bytes (FNV-1a).
    long hash() {
        return hash;
    }

    boolean isDone() {
        return isDone;
    }

    /// As the usage of the last event says; -1 when none came.
    long completionTokens() {
        return completionTokens;
    }

    /// What went wrong; empty when nothing did.
    String error() {
        return error.isEmpty() && isDone && status == 200
                ? ""
                : error.isEmpty() ? "status " + status + (isDone ? "" : ", cut off") : error;
    }
}
