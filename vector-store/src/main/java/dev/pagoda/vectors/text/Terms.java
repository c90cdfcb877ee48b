package dev.pagoda.vectors.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.Character.UnicodeScript;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.cjk.CJKAnalyzer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;

/// The terms of a text. Text with Chinese, Japanese or Korean characters becomes pairs of neighbouring characters, any
/// other text English word stems without stop words. The choice is made for each text, so both live in one collection.
///
/// Safe from any thread: Lucene keeps the state of an analyser by thread.
final class Terms {
    private static final Analyzer ENGLISH = new EnglishAnalyzer();
    private static final Analyzer CJK = new CJKAnalyzer();

    private Terms() {}

    /// In the order of the text, repeated as there.
    static List<String> of(String text) {
        List<String> terms = new ArrayList<>();
        try (TokenStream tokens = (hasCjk(text) ? CJK : ENGLISH).tokenStream("", text)) {
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
