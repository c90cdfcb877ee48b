package dev.pagoda.gateway.upstream;

import dev.pagoda.governance.api.ServiceTier;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Reads along a stream of server-sent events on its way to the client: takes the usage out of it, and the
/// traces of having asked for it, so that the client gets byte for byte what it would have got without.
///
/// A server that is asked for the usage (OpenAI, vLLM) adds `"usage": null` to each chunk and a last chunk
/// without choices. A client that asked itself gets those too. Nothing but an incomplete event is held back.
/// Of one stream and one thread.
final class EventFilter {
    /// A server that sends more without an end of an event is not speaking server-sent events.
    static final int MAX_EVENT_BYTES = 16 << 20;

    /// Events at the start of a stream in which a server says its tier; it does so again with the usage.
    private static final int OPENING = 3;

    private static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DATA = "data:".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CHOICES = "\"choices\"".getBytes(StandardCharsets.US_ASCII);

    /// What has text of the model, in events of chats, of completions and of responses.
    private static final List<byte[]> TEXTS = Stream.of(
                    "\"content\"", "\"text\"", "\"delta\"", "\"reasoning_content\"", "\"reasoning\"", "\"arguments\"")
            .map(key -> key.getBytes(StandardCharsets.US_ASCII))
            .toList();

    private final boolean keepsUsage;
    private byte[] held = new byte[0];
    private Optional<ReportedUsage> usage = Optional.empty();
    private Optional<ServiceTier> tier = Optional.empty();
    private int opening = OPENING;
    private long pieces;
    private boolean isDone;

    /// @param keepsUsage whether the client asked for the usage itself
    EventFilter(boolean keepsUsage) {
        this.keepsUsage = keepsUsage;
    }

    /// What of these bytes, and of what was held back before, goes on to the client.
    ///
    /// @throws IllegalStateException if an event is longer than [#MAX_EVENT_BYTES]
    Buffer pass(Buffer part) {
        byte[] bytes = part.getBytes();
        if (held.length > 0) {
            byte[] joined = Arrays.copyOf(held, held.length + bytes.length);
            System.arraycopy(bytes, 0, joined, held.length, bytes.length);
            bytes = joined;
            held = new byte[0];
        }
        // what has been copied to `out`; without a cut nothing is, and the bytes go on as they are
        Buffer out = null;
        int copied = 0;
        int begin = 0;
        for (int next = eventEnd(bytes, begin); next >= 0; next = eventEnd(bytes, begin)) {
            long cut = cut(bytes, begin, next);
            if (cut != 0) {
                int from = (int) (cut >>> 32);
                out = out == null ? Buffer.buffer(bytes.length) : out;
                out.appendBytes(bytes, copied, from - copied);
                copied = (int) cut;
            }
            begin = next;
        }
        if (begin < bytes.length) {
            held = Arrays.copyOfRange(bytes, begin, bytes.length);
            if (held.length > MAX_EVENT_BYTES) {
                throw new IllegalStateException("an event of the stream is longer than " + MAX_EVENT_BYTES + " bytes");
            }
        }
        if (out == null) {
            return begin == bytes.length ? wrap(bytes) : Buffer.buffer(begin).appendBytes(bytes, 0, begin);
        }
        return out.appendBytes(bytes, copied, begin - copied);
    }

    /// What was held back when the stream has ended; an event without its blank line is passed all the same.
    Buffer rest() {
        Buffer rest = Buffer.buffer(held);
        isDone |= isDone(held, 0);
        held = new byte[0];
        return rest;
    }

    /// The usage that was told, empty before.
    Optional<ReportedUsage> usage() {
        return usage;
    }

    /// The tier that was told, the default one before.
    ServiceTier tier() {
        return tier.orElse(ServiceTier.DEFAULT);
    }

    /// Events with text of the model: about its tokens, for a stream that never told its usage.
    long pieces() {
        return pieces;
    }

    /// Whether the end mark `[DONE]` went by: a stream that ends without it was cut.
    boolean isDone() {
        return isDone;
    }

    private static Buffer wrap(byte[] bytes) {
        return Buffer.buffer(bytes);
    }

    /// Where the event that begins there ends, its blank line included; -1 if that has not come yet.
    private static int eventEnd(byte[] bytes, int from) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                if (i + 1 < bytes.length && bytes[i + 1] == '\n') {
                    return i + 2;
                }
                if (i + 2 < bytes.length && bytes[i + 1] == '\r' && bytes[i + 2] == '\n') {
                    return i + 3;
                }
            }
        }
        return -1;
    }

    /// What of the event is not for the client: begin in the upper, end in the lower half, 0 for nothing.
    private long cut(byte[] bytes, int from, int to) {
        if (opening > 0) {
            opening--;
            readTier(bytes, from, to);
        }
        int key = ReportedUsage.lastKey(bytes, from, to);
        if (key < 0) {
            if (isDone(bytes, from)) {
                isDone = true;
            } else if (hasText(bytes, from, to)) {
                pieces++;
            }
            return 0;
        }
        int value = ReportedUsage.skipBlanks(bytes, key + 7, to);
        if (value >= to || bytes[value] != ':') {
            return 0;
        }
        value = ReportedUsage.skipBlanks(bytes, value + 1, to);
        if (startsWith(bytes, value, to, NULL)) {
            if (hasText(bytes, from, to)) {
                pieces++;
            }
            return keepsUsage ? 0 : cutField(bytes, key, value + NULL.length, to);
        }
        Optional<ReportedUsage> told = ReportedUsage.in(bytes, from, to);
        if (told.isPresent()) {
            usage = told;
            readTier(bytes, from, to);
            if (!keepsUsage && hasNoChoices(bytes, from, to)) {
                return span(from, to);
            }
        }
        return 0;
    }

    private void readTier(byte[] bytes, int from, int to) {
        tier = ToldTier.in(bytes, from, to).or(() -> tier);
    }

    private static boolean isDone(byte[] bytes, int from) {
        return startsWith(bytes, from, bytes.length, DATA)
                && startsWith(
                        bytes, ReportedUsage.skipBlanks(bytes, from + DATA.length, bytes.length), bytes.length, DONE);
    }

    /// The field with the comma that parts it from its neighbour.
    private static long cutField(byte[] bytes, int key, int end, int to) {
        int before = key - 1;
        while (before >= 0 && bytes[before] == ' ') {
            before--;
        }
        if (before >= 0 && bytes[before] == ',') {
            return span(before, end);
        }
        int after = ReportedUsage.skipBlanks(bytes, end, to);
        return after < to && bytes[after] == ',' ? span(key, after + 1) : span(key, end);
    }

    private static boolean hasNoChoices(byte[] bytes, int from, int to) {
        int key = find(bytes, from, to, CHOICES);
        if (key < 0) {
            return false;
        }
        int value = ReportedUsage.skipBlanks(bytes, key + CHOICES.length, to);
        value = ReportedUsage.skipBlanks(bytes, value + 1, to);
        int inside = ReportedUsage.skipBlanks(bytes, value + 1, to);
        return value < to && bytes[value] == '[' && inside < to && bytes[inside] == ']';
    }

    /// Whether one of the fields with text has some.
    private static boolean hasText(byte[] bytes, int from, int to) {
        for (byte[] key : TEXTS) {
            for (int at = find(bytes, from, to, key); at >= 0; at = find(bytes, at + 1, to, key)) {
                int colon = ReportedUsage.skipBlanks(bytes, at + key.length, to);
                if (colon >= to || bytes[colon] != ':') {
                    continue;
                }
                int value = ReportedUsage.skipBlanks(bytes, colon + 1, to);
                if (value + 1 < to && bytes[value] == '"' && bytes[value + 1] != '"') {
                    return true;
                }
            }
        }
        return false;
    }

    private static int find(byte[] bytes, int from, int to, byte[] what) {
        for (int at = from; at <= to - what.length; at++) {
            if (startsWith(bytes, at, to, what)) {
                return at;
            }
        }
        return -1;
    }

    private static boolean startsWith(byte[] bytes, int from, int to, byte[] what) {
        if (from + what.length > to) {
            return false;
        }
        for (int i = 0; i < what.length; i++) {
            if (bytes[from + i] != what[i]) {
                return false;
            }
        }
        return true;
    }

    private static long span(int from, int to) {
        return ((long) from << 32) | to;
    }
}
