package dev.pagoda.gateway.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Splits text into sentences, English and Chinese.
final class Sentences {
    /// A longer run without an end is cut here.
    static final int MAX_CHARS = 1_000;

    private static final int MAX_HEADING_CHARS = 60;

    private static final Set<String> ABBREVIATIONS = Set.of(
            "mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "vs", "etc", "no", "vol", "fig", "e.g", "i.e", "cf",
            "al", "inc", "ltd", "co", "corp", "gen", "col", "lt", "sgt", "rev", "hon", "gov", "sen", "rep", "approx",
            "ca", "dept", "u.s", "u.k", "ph.d", "a.m", "p.m", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep",
            "sept", "oct", "nov", "dec");

    private static final String CLOSERS = "\"'\u201d\u2019)]\u300d\u300f\uff09\u300b";

    private Sentences() {}

    /// The sentences in order, trimmed, none empty. Line breaks end a sentence at blank lines, list items and
    /// headings; other line breaks are treated as wrapped text.
    static List<String> split(String text) {
        var sentences = new ArrayList<String>();
        for (String block : blocks(text)) {
            splitBlock(block, sentences);
        }
        return sentences;
    }

    private static List<String> blocks(String text) {
        var blocks = new ArrayList<String>();
        var block = new StringBuilder();
        for (String line : text.split("\\R", -1)) {
            String trimmed = line.strip();
            if (trimmed.isEmpty() || startsItem(trimmed) || isHeading(block, trimmed)) {
                flush(block, blocks);
            }
            if (trimmed.isEmpty()) {
                continue;
            }
            if (!block.isEmpty()
                    && !(Language.isHan(block.charAt(block.length() - 1)) || Language.isHan(trimmed.charAt(0)))) {
                block.append(' ');
            }
            block.append(trimmed);
            if (trimmed.charAt(0) == '#') {
                flush(block, blocks);
            }
        }
        flush(block, blocks);
        return blocks;
    }

    /// Whether what is open is a title over the line that follows: short, without an end, and over a long line.
    private static boolean isHeading(CharSequence open, String next) {
        int length = open.length();
        return length > 0
                && length <= MAX_HEADING_CHARS
                && next.length() > 2 * length
                && !isEnd(open.charAt(length - 1))
                && !Character.isLowerCase(next.charAt(0));
    }

    /// Whether a piece of text is a whole sentence rather than a heading or a fragment.
    static boolean isWhole(String sentence) {
        return sentence.length() > MAX_HEADING_CHARS || isEnd(sentence.charAt(sentence.length() - 1));
    }

    private static boolean isEnd(char c) {
        return ".!?\u3002\uff01\uff1f,;:\uff0c\uff1b\uff1a\u3001".indexOf(c) >= 0 || CLOSERS.indexOf(c) >= 0;
    }

    private static boolean startsItem(String line) {
        char first = line.charAt(0);
        if ("-*+\u2022#|>".indexOf(first) >= 0) {
            return true;
        }
        int digits = 0;
        while (digits < line.length() && digits < 4 && Character.isDigit(line.charAt(digits))) {
            digits++;
        }
        return digits > 0
                && digits < line.length() - 1
                && ".)\u3001".indexOf(line.charAt(digits)) >= 0
                && !Character.isDigit(line.charAt(digits + 1));
    }

    private static void flush(StringBuilder block, List<String> blocks) {
        if (!block.isEmpty()) {
            blocks.add(block.toString());
            block.setLength(0);
        }
    }

    private static void splitBlock(String block, List<String> sentences) {
        int start = 0;
        for (int i = 0; i < block.length(); i++) {
            boolean ends = endsSentence(block, start, i);
            if (!ends && i - start < MAX_CHARS) {
                continue;
            }
            int end = i + 1;
            while (ends && end < block.length() && CLOSERS.indexOf(block.charAt(end)) >= 0) {
                end++;
            }
            add(block.substring(start, end), sentences);
            start = end;
            i = end - 1;
        }
        add(block.substring(start), sentences);
    }

    private static void add(String piece, List<String> sentences) {
        String trimmed = piece.strip();
        if (!trimmed.isEmpty()) {
            sentences.add(trimmed);
        }
    }

    private static boolean endsSentence(String block, int start, int at) {
        char c = block.charAt(at);
        if (c == '\u3002' || c == '\uff01' || c == '\uff1f') {
            return true;
        }
        if (c != '.' && c != '!' && c != '?') {
            return false;
        }
        int next = at + 1;
        while (next < block.length() && CLOSERS.indexOf(block.charAt(next)) >= 0) {
            next++;
        }
        if (next == block.length()) {
            return true;
        }
        if (!Character.isWhitespace(block.charAt(next))) {
            return Language.isHan(block.charAt(next)) && c != '.';
        }
        while (next < block.length() && Character.isWhitespace(block.charAt(next))) {
            next++;
        }
        char follows = next == block.length() ? 'A' : block.charAt(next);
        boolean opens = Character.isUpperCase(follows)
                || Character.isDigit(follows)
                || Language.isHan(follows)
                || "\"'(\u201c\u2018[".indexOf(follows) >= 0;
        return opens && (c != '.' || !isAbbreviation(block, start, at));
    }

    private static boolean isAbbreviation(String block, int start, int dot) {
        int from = dot;
        while (from > start
                && !Character.isWhitespace(block.charAt(from - 1))
                && "([\"".indexOf(block.charAt(from - 1)) < 0) {
            from--;
        }
        String word = block.substring(from, dot);
        boolean isInitial = word.length() == 1 && Character.isUpperCase(word.charAt(0));
        return isInitial || ABBREVIATIONS.contains(word.toLowerCase(Locale.ROOT));
    }
}
