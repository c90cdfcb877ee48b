package dev.pagoda.gateway.backend;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// All tokens of one choice, settled before an engine gives them their time.
///
/// Since the text is known beforehand, stop strings are searched in the whole of it: what precedes a stop is
/// delivered, whichever tokens the stop spans, and a beginning that turns out to be no stop is ordinary text.
final class Script {
    /// Words up to a stop string.
    private record Stopped(Part part, String stop) {}

    /// A segment's tokens.
    ///
    /// @param silent    tokens at the start that have no text of their own, those of a called tool's name
    /// @param byteLimit bytes that are delivered; the last token may go beyond
    private record Part(Segment segment, int[] tokens, int silent, int byteLimit) {
        Part cut(int count) {
            return new Part(segment, Arrays.copyOf(tokens, count), silent, byteLimit);
        }
    }

    private final List<Part> parts;
    private final int tokens;
    private final FinishReason finish;
    private final String stop;

    private Script(List<Part> parts, FinishReason finish, String stop) {
        this.parts = parts;
        this.stop = stop;
        this.tokens = parts.stream().mapToInt(part -> part.tokens().length).sum();
        this.finish = finish;
    }

    /// Where a choice has to end.
    ///
    /// @param maxTokens at least 0
    /// @param minTokens at most `maxTokens`; a shorter text is extended, and no stop is seen before
    /// @param ignoreEos whether to go on to `maxTokens`
    /// @param stops     none empty
    record Bounds(int maxTokens, int minTokens, boolean ignoreEos, List<String> stops) {
        Bounds {
            stops = List.copyOf(stops);
            if (maxTokens < 0 || minTokens < 0 || minTokens > maxTokens) {
                throw new IllegalArgumentException("maxTokens " + maxTokens + " and minTokens " + minTokens
                        + " are not 0 <= max, 0 <= min <= max");
            }
        }
    }

    static Script write(String text, Language language, Bounds bounds) {
        return write(List.of(new Segment.Words(text)), language, bounds);
    }

    /// A choice of several segments: thoughts, then words, then calls, any of which may be missing. One that ends with
    /// words is extended if it has to be; stops are searched in the words alone.
    static Script write(List<Segment> segments, Language language, Bounds bounds) {
        var parts = new ArrayList<Part>(segments.size());
        segments.forEach(segment -> parts.add(part(segment)));
        int natural = count(parts);
        boolean isExtensible = parts.getLast().segment() instanceof Segment.Words;
        boolean toTheEnd = bounds.ignoreEos() && isExtensible;
        int wanted = toTheEnd ? bounds.maxTokens() : isExtensible ? Math.max(natural, bounds.minTokens()) : natural;
        boolean isCut = toTheEnd || wanted > bounds.maxTokens();
        if (wanted > natural) {
            extend(parts, Math.min(wanted, bounds.maxTokens()) - natural, language);
        }
        cut(parts, bounds.maxTokens());
        boolean calls = parts.getLast().segment() instanceof Segment.Call;
        var script = new Script(
                parts, isCut ? FinishReason.LENGTH : calls ? FinishReason.TOOL_CALLS : FinishReason.STOP, "");
        return bounds.stops().isEmpty() ? script : script.stopped(bounds);
    }

    /// Tokens to be delivered; 0 when the text begins with a stop.
    int tokens() {
        return tokens;
    }

    FinishReason finish() {
        return finish;
    }

    /// The stop string that ended it, empty when none did.
    String stop() {
        return stop;
    }

    Reader reader() {
        return new Reader();
    }

    private static Part part(Segment segment) {
        int[] text = Tokens.encode(segment.text());
        if (!(segment instanceof Segment.Call call)) {
            return new Part(segment, text, 0, Integer.MAX_VALUE);
        }
        int[] name = Tokens.encode(call.name());
        int[] both = Arrays.copyOf(name, name.length + text.length);
        System.arraycopy(text, 0, both, name.length, text.length);
        return new Part(segment, both, name.length, Integer.MAX_VALUE);
    }

    private static int count(List<Part> parts) {
        return parts.stream().mapToInt(part -> part.tokens().length).sum();
    }

    private static void extend(List<Part> parts, int by, Language language) {
        int[] filler = Tokens.encode(UngroundedText.filler(language));
        Part last = parts.removeLast();
        int natural = last.tokens().length;
        Part longer = last.cut(natural + by);
        for (int i = 0; i < by; i++) {
            longer.tokens()[natural + i] = filler[i % filler.length];
        }
        parts.add(longer);
    }

    private static void cut(List<Part> parts, int maxTokens) {
        int before = 0;
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            int room = maxTokens - before;
            if (part.tokens().length > room) {
                parts.set(i, part.cut(room));
                parts.subList(room == 0 && i > 0 ? i : i + 1, parts.size()).clear();
                return;
            }
            before += part.tokens().length;
        }
    }

    private Script stopped(Bounds bounds) {
        int before = 0;
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            if (part.segment() instanceof Segment.Words) {
                Optional<Stopped> stopped = stopped(part, bounds.stops(), Math.max(0, bounds.minTokens() - before));
                if (stopped.isPresent()) {
                    List<Part> kept = new ArrayList<>(parts.subList(0, i));
                    kept.add(stopped.get().part());
                    return new Script(kept, FinishReason.STOP, stopped.get().stop());
                }
            }
            before += part.tokens().length;
        }
        return this;
    }

    private static Optional<Stopped> stopped(Part part, List<String> stops, int minTokens) {
        int[] tokens = part.tokens();
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
        int minBytes = minTokens == 0 || ends.length == 0 ? 0 : ends[Math.min(minTokens, ends.length) - 1];
        int first = Integer.MAX_VALUE;
        String met = "";
        for (String stop : stops) {
            byte[] wanted = stop.getBytes(StandardCharsets.UTF_8);
            int at = indexOf(bytes, wanted, Math.max(0, minBytes - wanted.length + (minBytes > 0 ? 1 : 0)));
            if (at >= 0 && at < first) {
                first = at;
                met = stop;
            }
        }
        if (first == Integer.MAX_VALUE) {
            return Optional.empty();
        }
        int kept = 0;
        while (kept < ends.length && (kept == 0 ? 0 : ends[kept - 1]) < first) {
            kept++;
        }
        return Optional.of(new Stopped(new Part(part.segment(), Arrays.copyOf(tokens, kept), 0, first), met));
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
        private int part;
        private int next;
        private int position;
        private int bytesRead;
        private int token;
        private int previous;
        private byte[] carry = new byte[0];

        /// Tokens read so far.
        int position() {
            return position;
        }

        boolean atEnd() {
            return position == tokens;
        }

        /// The text that the next token completes; empty while a code point is still open, and for tokens that have
        /// no text of their own.
        String read() {
            enter();
            Part reading = parts.get(part);
            previous = token;
            token = reading.tokens()[next++];
            position++;
            if (next <= reading.silent()) {
                return "";
            }
            byte[] piece = Tokens.bytes(token);
            int length = Math.min(piece.length, reading.byteLimit() - bytesRead);
            bytesRead += length;
            byte[] open = Arrays.copyOf(carry, carry.length + length);
            System.arraycopy(piece, 0, open, carry.length, length);
            int whole = wholeBytes(open);
            carry = Arrays.copyOfRange(open, whole, open.length);
            return new String(open, 0, whole, StandardCharsets.UTF_8);
        }

        /// The segment of the token read last.
        Segment segment() {
            return parts.get(part).segment();
        }

        /// How likely the token read last was.
        TokenLogprob logprob(int top) {
            return Logprobs.of(token, previous, position, top);
        }

        private void enter() {
            while (next == parts.get(part).tokens().length) {
                part++;
                next = 0;
                bytesRead = 0;
                carry = new byte[0];
            }
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
