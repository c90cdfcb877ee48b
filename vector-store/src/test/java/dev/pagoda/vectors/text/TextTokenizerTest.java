package dev.pagoda.vectors.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TextTokenizerTest {

    private static List<String> stored(Map<String, Object> options, String text) {
        return TextTokenizer.of(options).stored(text);
    }

    private static List<String> asked(Map<String, Object> options, String text) {
        return TextTokenizer.of(options).asked(text);
    }

    @Test
    void wordsAreRunsOfLettersAndDigitsInLowerCase() {
        assertEquals(List.of("hello", "world", "привет", "2x"), stored(Map.of(), "Hello, wORLD! Привет; 2x"));
        assertEquals(List.of("Hello", "wORLD"), stored(Map.of("lowercase", false), "Hello, wORLD!"));
        assertEquals(List.of(), stored(Map.of(), " ,;"));
    }

    @Test
    void whitespaceKeepsPunctuation() {
        assertEquals(List.of("a-b", "c,"), stored(Map.of("tokenizer", "whitespace"), " A-B \n c, "));
    }

    @Test
    void prefixesAreStoredAndTheLongestIsAsked() {
        Map<String, Object> options = Map.of("tokenizer", "prefix", "min_token_len", 2L, "max_token_len", 4L);
        assertEquals(List.of("he", "hel", "hell", "ab"), stored(options, "hello x ab"));
        assertEquals(List.of("hell", "ab"), asked(options, "hello x ab"));
        Map<String, Object> stopping = Map.of("tokenizer", "prefix", "stopwords", "english");
        assertEquals(List.of(), stored(stopping, "the"));
        assertEquals(List.of("the"), asked(stopping, "the"));
    }

    @Test
    void lengthsCountCharacters() {
        Map<String, Object> options = Map.of("min_token_len", 2L, "max_token_len", 3L);
        assertEquals(List.of("bb", "ccc", "𝒳𝒴𝒵"), stored(options, "a bb ccc dddd 𝒳𝒴𝒵"));
    }

    @Test
    void stopWordsAreOfLanguagesOrOnesOwn() {
        assertEquals(List.of("quick", "fox"), stored(Map.of("stopwords", "english"), "The quick fox is"));
        Map<String, Object> both = Map.of("stopwords", Map.of("languages", List.of("de"), "custom", List.of("FOX")));
        assertEquals(List.of("the"), stored(both, "The fox und der"));
        Map<String, Object> exact =
                Map.of("lowercase", false, "stopwords", Map.of("custom", List.of("the", "The", "LAZY")));
        assertEquals(List.of("lazy", "dog"), stored(exact, "The lazy LAZY dog"));
    }

    @Test
    void stemsAndFolds() {
        assertEquals(
                List.of("connect", "connect"),
                stored(Map.of("stemmer", Map.of("type", "snowball", "language", "english")), "connected Connections"));
        assertEquals(List.of("cafe", "strasse"), stored(Map.of("ascii_folding", true), "Café Straße"));
        assertEquals(List.of("café"), stored(Map.of("stemmer", Map.of("type", "none")), "Café"));
    }

    @Test
    void multilingualTakesChineseApart() {
        assertEquals(List.of("向", "量", "database", "2"), stored(Map.of("tokenizer", "multilingual"), "向量 Database 2"));
    }

    @ParameterizedTest
    @EnumSource
    void everyLanguageHasStopWords(Language language) {
        assertEquals(false, language.stopWords().isEmpty());
    }

    @Test
    void refusesWhatItDoesNotKnow() {
        for (Map<String, Object> options : List.<Map<String, Object>>of(
                Map.of("tokenizer", "magic"),
                Map.of("stopwords", "klingon"),
                Map.of("stopwords", 3L),
                Map.of("stemmer", Map.of("type", "snowball", "language", "klingon")),
                Map.of("stemmer", "english"),
                Map.of("min_token_len", -1L),
                Map.of("lowercase", "yes"))) {
            assertThrows(IllegalArgumentException.class, () -> TextTokenizer.of(options), options::toString);
        }
    }
}
