package dev.pagoda.workflow.rag;

/// An estimate of how many tokens a text has, good to about a quarter, without a tokenizer.
///
/// A Han character, kana or Hangul syllable counts one token, four other characters count one.
final class TextSize {
    private static final int QUARTERS_PER_TOKEN = 4;

    private TextSize() {}

    static int tokens(CharSequence text) {
        return tokens(text, 0, text.length());
    }

    static int tokens(CharSequence text, int from, int to) {
        long quarters = 0;
        for (int i = from; i < to; ) {
            int codePoint = Character.codePointAt(text, i);
            quarters += quarters(codePoint);
            i += Character.charCount(codePoint);
        }
        return Math.toIntExact((quarters + QUARTERS_PER_TOKEN - 1) / QUARTERS_PER_TOKEN);
    }

    /// The first index after `from` at which `text[from, index)` would exceed `maxTokens`, never inside a
    /// surrogate pair.
    static int cut(CharSequence text, int from, int to, int maxTokens) {
        long room = (long) maxTokens * QUARTERS_PER_TOKEN;
        int i = from;
        while (i < to) {
            int codePoint = Character.codePointAt(text, i);
            room -= quarters(codePoint);
            if (room < 0) {
                return i;
            }
            i += Character.charCount(codePoint);
        }
        return to;
    }

    private static int quarters(int codePoint) {
        return switch (Character.UnicodeScript.of(codePoint)) {
            case HAN, HIRAGANA, KATAKANA, HANGUL, BOPOMOFO -> QUARTERS_PER_TOKEN;
            default -> 1;
        };
    }
}
