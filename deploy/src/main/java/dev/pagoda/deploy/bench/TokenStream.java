package dev.pagoda.deploy.bench;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
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
    private final List<Long> times = new ArrayList<>();
    private final List<Integer> lengths = new ArrayList<>();
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
        for (byte each : bytes) {
            if (each == '\n') {
                line(atNanos);
                length = 0;
            } else if (length < MOST_LINE) {
                if (length == line.length) {
                    line = Arrays.copyOf(line, 2 * length);
                }
                line[length++] = each;
            }
        }
    }

    private void line(long atNanos) {
        if (status == 0) {
            String first = new String(line, 0, length, StandardCharsets.US_ASCII);
            status = first.startsWith("HTTP/1.1 ") ? Integer.parseInt(first.substring(9, 12)) : -1;
            return;
        }
        if (length < 6 || line[0] != 'd' || line[5] != ' ') {
            if (status != 200 && length > 2 && line[0] == '{') {
                error = new String(line, 0, length, StandardCharsets.UTF_8);
            }
            return;
        }
        if (id.isEmpty()) {
            int start = Math.max(0, after(ID));
            int end = start;
            while (end < length && line[end] != '"') {
                end++;
            }
            id = new String(line, start, end - start, StandardCharsets.US_ASCII);
        }
        int content = after(CONTENT);
        if (content > 0 && line[content] != '"') {
            long before = textBytes;
            for (int i = content; i < length && line[i] != '"'; i++) {
                if (line[i] == '\\') {
                    mix(line[i++]);
                }
                mix(line[i]);
            }
            times.add(atNanos);
            lengths.add((int) (textBytes - before));
            listener.onText(atNanos);
        }
        int usage = after(USAGE);
        if (usage > 0) {
            long tokens = 0;
            for (int i = usage; i < length && line[i] >= '0' && line[i] <= '9'; i++) {
                tokens = 10 * tokens + line[i] - '0';
            }
            completionTokens = tokens;
        }
        if (after(END) > 0) {
            isDone = true;
        } else if (content < 0 && after(ERROR) > 0) {
            error = new String(line, 0, length, StandardCharsets.UTF_8);
        }
    }

    private void mix(byte each) {
        hash = (hash ^ (each & 0xff)) * 0x100000001b3L;
        textBytes++;
    }

    /// Where the line goes on behind some bytes; -1 when it has none such.
    private int after(byte[] what) {
        outer:
        for (int at = 0; at <= length - what.length; at++) {
            for (int i = 0; i < what.length; i++) {
                if (line[at + i] != what[i]) {
                    continue outer;
                }
            }
            return at + what.length < length || Arrays.equals(what, END) ? at + what.length : -1;
        }
        return -1;
    }

    /// The request's id, as the first event says.
    String id() {
        return id;
    }

    /// When each event with text came.
    List<Long> times() {
        return times;
    }

    /// Tokens that came from one time to before another: an event can bring several, so that each is counted by its
    /// part of the whole text.
    double tokensWithin(long fromNanos, long toNanos) {
        long bytes = 0;
        for (int i = 0; i < times.size(); i++) {
            if (times.get(i) >= fromNanos && times.get(i) < toNanos) {
                bytes += lengths.get(i);
            }
        }
        return textBytes == 0 ? 0 : (double) Math.max(0, completionTokens) * bytes / textBytes;
    }

    int events() {
        return times.size();
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
