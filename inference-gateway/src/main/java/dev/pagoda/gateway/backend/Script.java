package dev.pagoda.gateway.backend;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// All tokens of one choice, settled before an engine gives them their time.
///
/// Since the text is known beforehand, stop strings are searched in the whole of it: what precedes a stop is
/// delivered, whichever tokens the stop spans, and a beginning that turns out to be no stop is ordinary text.
final class Script {
    private final int[] tokens;
    /// Bytes that are delivered; the last token may go beyond.
    private final int byteLimit;

    private final FinishReason finish;

    private Script(int[] tokens, int byteLimit, FinishReason finish) {
        this.tokens = tokens;
        this.byteLimit = byteLimit;
        this.finish = finish;
    }

    /// Where a choice has to end.
    ///
    /// @param maxTokens at least 1
    /// @param minTokens at most `maxTokens`; a shorter text is extended, and no stop is seen before
    /// @param ignoreEos whether to go on to `maxTokens`
    /// @param stops     none empty
    record Bounds(int maxTokens, int minTokens, boolean ignoreEos, List<String> stops) {
        Bounds {
            stops = List.copyOf(stops);
            if (maxTokens < 1 || minTokens < 0 || minTokens > maxTokens) {
                throw new IllegalArgumentException("maxTokens " + maxTokens + " and minTokens " + minTokens
                        + " are not 1 <= max, 0 <= min <= max");
            }
        }
    }

    static Script write(String text, Language language, Bounds bounds) {
        int[] natural = Tokens.encode(text);
        int wanted = bounds.ignoreEos() ? bounds.maxTokens() : Math.max(natural.length, bounds.minTokens());
        int count = Math.min(wanted, bounds.maxTokens());
        int[] tokens = Arrays.copyOf(natural, count);
        if (count > natural.length) {
            int[] filler = Tokens.encode(UngroundedText.filler(language));
            for (int i = natural.length; i < count; i++) {
                tokens[i] = filler[(i - natural.length) % filler.length];
            }
        }
        boolean cut = bounds.ignoreEos() || wanted > bounds.maxTokens();
        var script = new Script(tokens, Integer.MAX_VALUE, cut ? FinishReason.LENGTH : FinishReason.STOP);
        return bounds.stops().isEmpty() ? script : script.stopped(bounds);
    }

    /// Tokens to be delivered; 0 when the text begins with a stop.
    int tokens() {
        return tokens.length;
    }

    FinishReason finish() {
        return finish;
    }

    Reader reader() {
        return new Reader();
    }

    private Script stopped(Bounds bounds) {
        int[] ends = new int[tokens.length];
        byte[][] pieces = new byte[tokens.length][];
        int total = 0;
        for (int i = 0; i < tokens.length; i++) {
            pieces[i] = Tokens.bytes(tokens[i]);
            total += pieces[i].length;
            ends[i] = total;
        }
        byte[] bytes = new byte[total];
        for (int i = 0, at = 0; i < pieces.length; at += pieces[i++].length) {
            System.arraycopy(pieces[i], 0, bytes, at, pieces[i].length);
        }
        int minBytes = bounds.minTokens() == 0 ? 0 : ends[Math.min(bounds.minTokens(), ends.length) - 1];
        int first = Integer.MAX_VALUE;
        for (String stop : bounds.stops()) {
            byte[] wanted = stop.getBytes(StandardCharsets.UTF_8);
            int at = indexOf(bytes, wanted, Math.max(0, minBytes - wanted.length + (minBytes > 0 ? 1 : 0)));
            first = at >= 0 ? Math.min(first, at) : first;
        }
        if (first == Integer.MAX_VALUE) {
            return this;
        }
        int kept = 0;
        while (kept < ends.length && (kept == 0 ? 0 : ends[kept - 1]) < first) {
            kept++;
        }
        return new Script(Arrays.copyOf(tokens, kept), first, FinishReason.STOP);
    }

    private static int indexOf(byte[] bytes, byte[] wanted, int from) {
        for (int i = from; i + wanted.length <= bytes.length; i++) {
            if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
        return -1;
    }

    /// Reads a script token by token, as whole code points. Not thread-safe.
    final class Reader {
        private int next;
        private int bytesRead;
        private byte[] carry = new byte[0];

        /// Tokens read so far.
        int position() {
            return next;
        }

        boolean atEnd() {
            return next == tokens.length;
        }

        /// The text that the next token completes; empty while a code point is still open.
        String read() {
            byte[] piece = Tokens.bytes(tokens[next++]);
            int length = Math.min(piece.length, byteLimit - bytesRead);
            bytesRead += length;
            byte[] open = Arrays.copyOf(carry, carry.length + length);
            System.arraycopy(piece, 0, open, carry.length, length);
            int whole = wholeBytes(open);
            carry = Arrays.copyOfRange(open, whole, open.length);
            return new String(open, 0, whole, StandardCharsets.UTF_8);
        }

        /// Length without a code point that begins at the end and is not complete.
        private static int wholeBytes(byte[] bytes) {
            int start = bytes.length - 1;
            while (start >= 0 && start > bytes.length - 4 && (bytes[start] & 0xC0) == 0x80) {
                start--;
            }
            if (start < 0) {
                return bytes.length;
            }
            int lead = bytes[start] & 0xFF;
            int length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
            return bytes.length - start < length ? start : bytes.length;
        }
    }
}
