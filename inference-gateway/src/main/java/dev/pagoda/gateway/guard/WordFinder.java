package dev.pagoda.gateway.guard;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Words and phrases, whatever their case; whole words where they begin or end with a letter of a script with spaces.
final class WordFinder implements Finder {
    static final int MAX_WORD_CHARS = 128;
    private static final String WORD = "word";

    private final Pattern pattern;
    private final int longest;

    WordFinder(List<String> words) {
        this.longest = words.stream().mapToInt(String::length).max().orElse(0);
        // longer ones first: an alternation takes the first that fits
        this.pattern = Pattern.compile(
                words.stream()
                        .sorted(Comparator.comparingInt(String::length).reversed())
                        .map(WordFinder::form)
                        .collect(Collectors.joining("|")),
                Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
    }

    private static String form(String word) {
        String quoted = Pattern.quote(word);
        String before = isSpaced(word.codePointAt(0)) ? "(?<![\\p{L}\\p{N}])" : "";
        String after = isSpaced(word.codePointBefore(word.length())) ? "(?![\\p{L}\\p{N}])" : "";
        return before + quoted + after;
    }

    private static boolean isSpaced(int point) {
        return Character.isLetterOrDigit(point) && !Character.isIdeographic(point);
    }

    @Override
    public int maxChars() {
        return longest;
    }

    @Override
    public int maxSpacedChars() {
        return longest;
    }

    @Override
    public List<Finding> find(String text) {
        List<Finding> found = new ArrayList<>();
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            found.add(new Finding(WORD, matcher.start(), matcher.end()));
        }
        return found;
    }
}
