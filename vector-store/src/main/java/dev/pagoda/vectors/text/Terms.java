package dev.pagoda.vectors.text;

import dev.pagoda.vectors.filter.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.Character.UnicodeScript;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.cjk.CJKAnalyzer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.jspecify.annotations.Nullable;

/// The terms of a text under BM25. Text with Chinese, Japanese or Korean characters becomes pairs of
/// neighbouring characters, any other text word stems without stop words, English ones unless a language is
/// asked for. The choice is made for each text, so both live in one collection.
///
/// Safe from any thread: Lucene keeps the state of an analyser by thread.
final class Terms implements Tokenizer {
    /// English and pairs of characters.
    static final Terms BY_SCRIPT = new Terms(null);

    private static final Analyzer ENGLISH = new EnglishAnalyzer();
    private static final Analyzer CJK = new CJKAnalyzer();

    /// Options that say how words are made.
    private static final Set<String> SHAPING =
            Set.of("tokenizer", "lowercase", "ascii_folding", "stopwords", "stemmer", "min_token_len", "max_token_len");

    private static final Set<String> PAIRED = Set.of("chinese", "zh", "japanese", "ja", "korean", "ko", "cjk");
    private static final Set<String> ENGLISH_NAMES = Set.of("english", "en");

    /// What takes other texts apart than those with Chinese, Japanese or Korean characters; null = [#ENGLISH].
    private final @Nullable Tokenizer words;

    private Terms(@Nullable Tokenizer words) {
        this.words = words;
    }

    /// @param options `language`, and those of a text index; a language that is not known has neither stop
    ///     words nor stems
    /// @throws IllegalArgumentException if one of them has no sense
    static Tokenizer of(Map<String, @Nullable Object> options) {
        Object language = options.get("language");
        if (language != null && !(language instanceof String)) {
            throw new IllegalArgumentException("language " + language + " is no text");
        }
        String name = language == null ? "english" : String.valueOf(language).toLowerCase(Locale.ROOT);
        boolean isShaped = options.keySet().stream().anyMatch(SHAPING::contains);
        if (!isShaped && (PAIRED.contains(name) || ENGLISH_NAMES.contains(name))) {
            return BY_SCRIPT;
        }
        Map<String, @Nullable Object> full = new HashMap<>(options);
        Language known = known(name);
        if (known != null) {
            if (options.get("stopwords") == null) {
                full.put("stopwords", name);
            }
            if (options.get("stemmer") == null && known.hasStemmer()) {
                full.put("stemmer", Map.of("type", "snowball", "language", name));
            }
        }
        TextTokenizer tokenizer = TextTokenizer.of(full);
        // a tokenizer that was asked for by name is what the caller wants of any script
        return options.get("tokenizer") == null ? new Terms(tokenizer) : tokenizer;
    }

    private static @Nullable Language known(String name) {
        try {
            return Language.named(name);
        } catch (IllegalArgumentException unknown) {
            return null;
        }
    }

    /// In the order of the text, repeated as there.
    @Override
    public List<String> stored(String text) {
        if (hasCjk(text)) {
            return analysed(CJK, text);
        }
        return words == null ? analysed(ENGLISH, text) : words.stored(text);
    }

    @Override
    public List<String> asked(String text) {
        return words == null || hasCjk(text) ? stored(text) : words.asked(text);
    }

    private static List<String> analysed(Analyzer analyzer, String text) {
        List<String> terms = new ArrayList<>();
        try (TokenStream tokens = analyzer.tokenStream("", text)) {
            CharTermAttribute term = tokens.addAttribute(CharTermAttribute.class);
            tokens.reset();
            while (tokens.incrementToken()) {
                terms.add(term.toString());
            }
            tokens.end();
        } catch (IOException unreachable) {
            throw new UncheckedIOException("reading from memory", unreachable);
        }
        return terms;
    }

    private static boolean hasCjk(String text) {
        return text.codePoints().anyMatch(point -> {
            if (point < 0x1100) {
                return false;
            }
            UnicodeScript script = UnicodeScript.of(point);
            return script == UnicodeScript.HAN
                    || script == UnicodeScript.HIRAGANA
                    || script == UnicodeScript.KATAKANA
                    || script == UnicodeScript.HANGUL;
        });
    }
}
