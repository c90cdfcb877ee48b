package dev.pagoda.workflow.rag;

import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Cuts a text into chunks at the ends of sentences and, better, of paragraphs.
///
/// Sentences are packed until `targetTokens` are reached; a chunk grows up to `maxTokens` to end with its
/// paragraph, and the next begins with the last sentences of the one before, up to `overlapTokens`. A
/// sentence longer than `maxTokens` is cut at white space, or anywhere if it has none. A text that fits
/// `maxTokens` stays whole. Tokens are those of [TextSize]. Linear in the length of the text; safe from any
/// thread.
public final class Chunker {
    private final int targetTokens;
    private final int maxTokens;
    private final int overlapTokens;

    private record Span(int start, int end, int tokens, boolean endsParagraph) {}

    /// @param targetTokens  size at which a chunk ends with the sentence, `1 <= targetTokens <= maxTokens`
    /// @param maxTokens     size that no chunk exceeds; keep it below the embedding model's window
    /// @param overlapTokens text repeated from the chunk before, `0 <= overlapTokens <= targetTokens / 2`
    public Chunker(int targetTokens, int maxTokens, int overlapTokens) {
        if (targetTokens < 1 || targetTokens > maxTokens) {
            throw new IllegalArgumentException("target of " + targetTokens + " tokens is not within 1 to " + maxTokens);
        }
        if (overlapTokens < 0 || overlapTokens > targetTokens / 2) {
            throw new IllegalArgumentException(
                    "overlap of " + overlapTokens + " tokens is not within 0 to half of the target " + targetTokens);
        }
        this.targetTokens = targetTokens;
        this.maxTokens = maxTokens;
        this.overlapTokens = overlapTokens;
    }

    /// The chunks of a text in its order; together they cover every character that is not white space.
    public List<Chunk> chunk(String text) {
        if (TextSize.tokens(text) <= maxTokens) {
            return text.isBlank() ? List.of() : List.of(chunk(0, text, 0, text.length()));
        }
        var spans = spans(text);
        var chunks = new ArrayList<Chunk>();
        int first = 0;
        int fresh = 0;
        while (fresh < spans.size()) {
            int next = fresh;
            int size = 0;
            for (int i = first; i < fresh; i++) {
                size += spans.get(i).tokens;
            }
            while (next < spans.size() && admits(spans, next, size, next == fresh)) {
                size += spans.get(next).tokens;
                next++;
            }
            chunks.add(chunk(chunks.size(), text, spans.get(first).start, spans.get(next - 1).end));
            fresh = next;
            first = next < spans.size() ? overlapStart(spans, first + 1, next) : next;
        }
        return chunks;
    }

    /// Whether the chunk of `size` tokens takes the sentence at `index` too.
    private boolean admits(List<Span> spans, int index, int size, boolean isFirst) {
        if (isFirst) {
            return true;
        }
        if (size + spans.get(index).tokens > maxTokens) {
            return false;
        }
        return size < targetTokens || restFits(spans, index, size);
    }

    /// Whether the chunk can go on to the end of its paragraph, so that it does not end in the middle of one.
    private boolean restFits(List<Span> spans, int index, int size) {
        if (spans.get(index - 1).endsParagraph) {
            return false;
        }
        int total = size;
        for (int i = index; i < spans.size(); i++) {
            total += spans.get(i).tokens;
            if (total > maxTokens) {
                return false;
            }
            if (spans.get(i).endsParagraph) {
                return true;
            }
        }
        return true;
    }

    /// Where the next chunk starts; after `least`, or the chunk before could be within it.
    private int overlapStart(List<Span> spans, int least, int fresh) {
        int room = Math.min(overlapTokens, maxTokens - spans.get(fresh).tokens);
        int start = fresh;
        while (start > least && spans.get(start - 1).tokens <= room) {
            room -= spans.get(start - 1).tokens;
            start--;
        }
        return start;
    }

    private List<Span> spans(String text) {
        var spans = new ArrayList<Span>();
        int start = 0;
        while (start < text.length()) {
            int end = paragraphEnd(text, start);
            addSentences(text, start, end, spans);
            start = end;
        }
        return spans;
    }

    /// The index just after the blank line that ends the paragraph, or the end of the text.
    private static int paragraphEnd(String text, int start) {
        int line = start;
        boolean seenText = false;
        while (line < text.length()) {
            int newline = text.indexOf('\n', line);
            int end = newline < 0 ? text.length() : newline + 1;
            boolean blank = text.substring(line, end).isBlank();
            if (blank && seenText) {
                return end;
            }
            seenText |= !blank;
            line = end;
        }
        return text.length();
    }

    private void addSentences(String text, int start, int end, List<Span> spans) {
        var paragraph = text.substring(start, end);
        var sentences = BreakIterator.getSentenceInstance(Locale.ROOT);
        sentences.setText(paragraph);
        int before = spans.size();
        int from = sentences.first();
        for (int to = sentences.next(); to != BreakIterator.DONE; from = to, to = sentences.next()) {
            addPieces(text, start + from, start + to, spans);
        }
        if (spans.size() > before) {
            var last = spans.removeLast();
            spans.add(new Span(last.start, last.end, last.tokens, true));
        }
    }

    private void addPieces(String text, int start, int end, List<Span> spans) {
        int from = start;
        while (from < end) {
            int to = TextSize.cut(text, from, end, maxTokens);
            if (to < end) {
                to = lastGap(text, from, to);
            }
            if (!text.substring(from, to).isBlank()) {
                spans.add(new Span(from, to, TextSize.tokens(text, from, to), false));
            }
            from = to;
        }
    }

    /// The index after the last white space or Chinese comma in the second half of the range, or its end.
    private static int lastGap(String text, int from, int to) {
        for (int i = to; i > from + (to - from) / 2; i--) {
            char c = text.charAt(i - 1);
            if (Character.isWhitespace(c) || c == '，' || c == '、' || c == '；') {
                return i;
            }
        }
        return to;
    }

    private static Chunk chunk(int ordinal, String text, int start, int end) {
        int from = start;
        while (Character.isWhitespace(text.charAt(from))) {
            from++;
        }
        return new Chunk(ordinal, from, text.substring(from, end).stripTrailing());
    }
}
