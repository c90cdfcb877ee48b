package dev.pagoda.workflow.rag;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.Set;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.cjk.CJKAnalyzer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;

/// How well a passage fits a question, whatever else was found: nearness in meaning plus half the share of
/// its words.
///
/// Fused rank scores order the passages of one search but say nothing of whether the best is any good.
/// Meaning alone takes a paragraph on a like subject for an answer, words alone take a chance match;
/// together they part questions that a knowledge base answers from others clearly better than either. Safe
/// from any thread.
final class Relevance {
    private static final double WORDS_WEIGHT = 0.5;

    // both are thread-safe and live as long as the class
    private static final Analyzer ENGLISH = new EnglishAnalyzer();
    private static final Analyzer CHINESE = new CJKAnalyzer();

    private final Language language;
    private final Set<String> words;

    /// @param query    the question
    /// @param language decides how words are found: English stems without stop words, Chinese pairs of
    ///     characters
    Relevance(String query, Language language) {
        this.language = language;
        this.words = words(query, language);
    }

    /// @param similarity cosine of question and passage, 0 when they have no vectors of one model
    /// @return about 0 to 1.5
    double of(String passage, double similarity) {
        if (words.isEmpty()) {
            return similarity;
        }
        var found = words(passage, language);
        long shared = words.stream().filter(found::contains).count();
        return similarity + WORDS_WEIGHT * shared / words.size();
    }

    private static Set<String> words(String text, Language language) {
        var analyzer = switch (language) {
            case EN -> ENGLISH;
            case ZH -> CHINESE;
        };
        var words = new HashSet<String>();
        try (var tokens = analyzer.tokenStream("text", text)) {
            var term = tokens.addAttribute(CharTermAttribute.class);
            tokens.reset();
            while (tokens.incrementToken()) {
                words.add(term.toString());
            }
            tokens.end();
        } catch (IOException impossible) {
            throw new UncheckedIOException("a text in memory cannot fail to be read", impossible);
        }
        return words;
    }
}
