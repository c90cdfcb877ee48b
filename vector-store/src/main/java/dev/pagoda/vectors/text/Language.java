package dev.pagoda.vectors.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.WordlistLoader;
import org.apache.lucene.analysis.ar.ArabicAnalyzer;
import org.apache.lucene.analysis.bn.BengaliAnalyzer;
import org.apache.lucene.analysis.ca.CatalanAnalyzer;
import org.apache.lucene.analysis.da.DanishAnalyzer;
import org.apache.lucene.analysis.de.GermanAnalyzer;
import org.apache.lucene.analysis.el.GreekAnalyzer;
import org.apache.lucene.analysis.es.SpanishAnalyzer;
import org.apache.lucene.analysis.eu.BasqueAnalyzer;
import org.apache.lucene.analysis.fi.FinnishAnalyzer;
import org.apache.lucene.analysis.fr.FrenchAnalyzer;
import org.apache.lucene.analysis.hu.HungarianAnalyzer;
import org.apache.lucene.analysis.hy.ArmenianAnalyzer;
import org.apache.lucene.analysis.id.IndonesianAnalyzer;
import org.apache.lucene.analysis.it.ItalianAnalyzer;
import org.apache.lucene.analysis.ne.NepaliAnalyzer;
import org.apache.lucene.analysis.nl.DutchAnalyzer;
import org.apache.lucene.analysis.no.NorwegianAnalyzer;
import org.apache.lucene.analysis.pt.PortugueseAnalyzer;
import org.apache.lucene.analysis.ro.RomanianAnalyzer;
import org.apache.lucene.analysis.ru.RussianAnalyzer;
import org.apache.lucene.analysis.snowball.SnowballFilter;
import org.apache.lucene.analysis.sv.SwedishAnalyzer;
import org.apache.lucene.analysis.ta.TamilAnalyzer;
import org.apache.lucene.analysis.tr.TurkishAnalyzer;
import org.jspecify.annotations.Nullable;
import org.tartarus.snowball.SnowballStemmer;
import org.tartarus.snowball.ext.ArabicStemmer;
import org.tartarus.snowball.ext.ArmenianStemmer;
import org.tartarus.snowball.ext.BasqueStemmer;
import org.tartarus.snowball.ext.CatalanStemmer;
import org.tartarus.snowball.ext.DanishStemmer;
import org.tartarus.snowball.ext.DutchStemmer;
import org.tartarus.snowball.ext.EnglishStemmer;
import org.tartarus.snowball.ext.FinnishStemmer;
import org.tartarus.snowball.ext.FrenchStemmer;
import org.tartarus.snowball.ext.GermanStemmer;
import org.tartarus.snowball.ext.GreekStemmer;
import org.tartarus.snowball.ext.HungarianStemmer;
import org.tartarus.snowball.ext.IndonesianStemmer;
import org.tartarus.snowball.ext.ItalianStemmer;
import org.tartarus.snowball.ext.NepaliStemmer;
import org.tartarus.snowball.ext.NorwegianStemmer;
import org.tartarus.snowball.ext.PortugueseStemmer;
import org.tartarus.snowball.ext.RomanianStemmer;
import org.tartarus.snowball.ext.RussianStemmer;
import org.tartarus.snowball.ext.SpanishStemmer;
import org.tartarus.snowball.ext.SwedishStemmer;
import org.tartarus.snowball.ext.TamilStemmer;
import org.tartarus.snowball.ext.TurkishStemmer;

/// A language with stop words and a stemmer. The words are those of Lucene's analysers, the stemmers
/// Snowball's.
public enum Language {
    ARABIC("ar", ArabicAnalyzer::getDefaultStopSet, ArabicStemmer::new),
    ARMENIAN("hy", ArmenianAnalyzer::getDefaultStopSet, ArmenianStemmer::new),
    BASQUE("eu", BasqueAnalyzer::getDefaultStopSet, BasqueStemmer::new),
    BENGALI("bn", BengaliAnalyzer::getDefaultStopSet, null),
    CATALAN("ca", CatalanAnalyzer::getDefaultStopSet, CatalanStemmer::new),
    DANISH("da", DanishAnalyzer::getDefaultStopSet, DanishStemmer::new),
    DUTCH("nl", DutchAnalyzer::getDefaultStopSet, DutchStemmer::new),
    ENGLISH("en", Language::english, EnglishStemmer::new),
    FINNISH("fi", FinnishAnalyzer::getDefaultStopSet, FinnishStemmer::new),
    FRENCH("fr", FrenchAnalyzer::getDefaultStopSet, FrenchStemmer::new),
    GERMAN("de", GermanAnalyzer::getDefaultStopSet, GermanStemmer::new),
    GREEK("el", GreekAnalyzer::getDefaultStopSet, GreekStemmer::new),
    HUNGARIAN("hu", HungarianAnalyzer::getDefaultStopSet, HungarianStemmer::new),
    INDONESIAN("id", IndonesianAnalyzer::getDefaultStopSet, IndonesianStemmer::new),
    ITALIAN("it", ItalianAnalyzer::getDefaultStopSet, ItalianStemmer::new),
    NEPALI("ne", NepaliAnalyzer::getDefaultStopSet, NepaliStemmer::new),
    NORWEGIAN("no", NorwegianAnalyzer::getDefaultStopSet, NorwegianStemmer::new),
    PORTUGUESE("pt", PortugueseAnalyzer::getDefaultStopSet, PortugueseStemmer::new),
    ROMANIAN("ro", RomanianAnalyzer::getDefaultStopSet, RomanianStemmer::new),
    RUSSIAN("ru", RussianAnalyzer::getDefaultStopSet, RussianStemmer::new),
    SPANISH("es", SpanishAnalyzer::getDefaultStopSet, SpanishStemmer::new),
    SWEDISH("sv", SwedishAnalyzer::getDefaultStopSet, SwedishStemmer::new),
    TAMIL("ta", TamilAnalyzer::getDefaultStopSet, TamilStemmer::new),
    TURKISH("tr", TurkishAnalyzer::getDefaultStopSet, TurkishStemmer::new);

    private final String code;

    @SuppressWarnings("ImmutableEnumChecker") // a reference to a method that gives the same set each time
    private final Supplier<CharArraySet> stopWords;

    @SuppressWarnings("ImmutableEnumChecker") // a constructor
    private final @Nullable Supplier<SnowballStemmer> stemmer;

    Language(String code, Supplier<CharArraySet> stopWords, @Nullable Supplier<SnowballStemmer> stemmer) {
        this.code = code;
        this.stopWords = stopWords;
        this.stemmer = stemmer;
    }

    /// @param name English name or two-letter code
    /// @throws IllegalArgumentException if the language is not known
    public static Language named(String name) {
        for (Language each : values()) {
            if (each.code.equals(name) || each.name().toLowerCase(Locale.ROOT).equals(name)) {
                return each;
            }
        }
        throw new IllegalArgumentException("unknown language `" + name + "`, expected one of "
                + Arrays.stream(values())
                        .map(each -> "`" + each.name().toLowerCase(Locale.ROOT) + "`")
                        .collect(Collectors.joining(", ")));
    }

    /// Words that say little, in lower case.
    public Set<String> stopWords() {
        Set<String> words = new HashSet<>();
        for (Object word : stopWords.get()) {
            words.add(new String((char[]) word));
        }
        return words;
    }

    boolean hasStemmer() {
        return stemmer != null;
    }

    /// A new stemmer, for one thread.
    ///
    /// @throws IllegalArgumentException if the language has none
    public SnowballStemmer stemmer() {
        if (stemmer == null) {
            throw new IllegalArgumentException("there is no stemmer for " + name().toLowerCase(Locale.ROOT));
        }
        return stemmer.get();
    }

    /// Snowball's list, which is fuller than the default of Lucene's analyser.
    private static CharArraySet english() {
        try (InputStream words = Objects.requireNonNull(
                SnowballFilter.class.getResourceAsStream("english_stop.txt"), "english_stop.txt of Lucene")) {
            return WordlistLoader.getSnowballWordSet(words);
        } catch (IOException unreadable) {
            throw new UncheckedIOException("reading Lucene's English stop words", unreadable);
        }
    }
}
