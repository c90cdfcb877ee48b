package dev.pagoda.workflow.rag;

import java.util.Locale;

/// The language a text is written in, which decides the embedding model and the wording of replies.
public enum Language {
    /// English, and every other text that is not written in Han characters.
    EN,
    /// Chinese.
    ZH;

    /// Han characters weigh more than Latin letters because one of them carries about a word: a Chinese
    /// question that names "Windows 11" stays Chinese, an English one that quotes two characters stays
    /// English.
    private static final int LETTERS_PER_HAN = 4;

    private static final int MAX_CODE_POINTS = 20_000;

    /// The tag of the language, as in payloads and answers: `en`, `zh`.
    public String tag() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The language of a tag as made by [#tag()].
    ///
    /// @throws IllegalArgumentException if the tag is neither `en` nor `zh`
    public static Language of(String tag) {
        for (var language : values()) {
            if (language.tag().equalsIgnoreCase(tag)) {
                return language;
            }
        }
        throw new IllegalArgumentException("language \"" + tag + "\" is neither en nor zh");
    }

    /// The language of a text by its script; looks at the first 20,000 code points.
    public static Language detect(CharSequence text) {
        long han = 0;
        long letters = 0;
        int seen = 0;
        for (int i = 0; i < text.length() && seen < MAX_CODE_POINTS; seen++) {
            int codePoint = Character.codePointAt(text, i);
            i += Character.charCount(codePoint);
            if (Character.isIdeographic(codePoint)) {
                han++;
            } else if (Character.isLetter(codePoint)) {
                letters++;
            }
        }
        return han > 0 && han * LETTERS_PER_HAN >= letters ? ZH : EN;
    }
}
