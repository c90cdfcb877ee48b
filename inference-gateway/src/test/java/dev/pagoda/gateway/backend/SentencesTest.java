package dev.pagoda.gateway.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SentencesTest {
    @Test
    void splitsEnglishButNotAtAbbreviationsInitialsAndNumbers() {
        assertEquals(
                List.of(
                        "Dr. J. Smith paid 3.5 million in the U.S. market.",
                        "\"Was it cheap?\"",
                        "It was, e.g. compared to No. 7!"),
                Sentences.split(
                        "Dr. J. Smith paid 3.5 million in the U.S. market. \"Was it cheap?\" It was, e.g. compared"
                                + " to No. 7!"));
    }

    @Test
    void splitsChineseAtItsOwnMarksAndKeepsClosingQuotes() {
        assertEquals(List.of("他说：“今天很好。”", "真的吗？", "是的！"), Sentences.split("他说：“今天很好。”真的吗？是的！"));
    }

    @Test
    void joinsWrappedLinesAndSplitsAtBlankLinesAndItems() {
        assertEquals(
                List.of("A heading", "wrapped over two lines.", "- first item", "2. second item"),
                Sentences.split("A heading\n\nwrapped over\ntwo lines.\n- first item\n2. second item"));
        assertEquals(List.of("折行的句子。"), Sentences.split("折行的\n句子。"));
    }

    @Test
    void aTitleIsASentenceOfItsOwn() {
        assertEquals(
                List.of("Super_Bowl_50", "The defence of the Panthers gave up just 308 points."),
                Sentences.split("Super_Bowl_50\nThe defence of the Panthers gave up just 308 points."));
        assertEquals(List.of("保修政策", "水泵的保修期为自购买之日起两年。"), Sentences.split("保修政策\n水泵的保修期为自购买之日起两年。"));
    }

    @Test
    void boundsARunWithoutAnyEnd() {
        List<String> pieces = Sentences.split("x".repeat(5_000));
        assertTrue(pieces.stream().allMatch(piece -> piece.length() <= Sentences.MAX_CHARS + 1), "bounded");
        assertEquals(5_000, pieces.stream().mapToInt(String::length).sum());
    }

    @Test
    void termsIgnoreFormAndStopWords() {
        assertEquals(Set.of("battery", "charg"), Terms.of("The batteries are charging, is the battery charged?"));
        assertEquals(Set.of("1,000", "3.5"), Terms.of("1,000 and 3.5."));
        assertEquals(Set.of("北京", "京天", "天气"), Terms.of("北京天气"));
    }

    @Test
    void tellsTheLanguage() {
        assertEquals(Language.ENGLISH, Language.of("What is TCP?"));
        assertEquals(Language.CHINESE, Language.of("什么是 TCP 协议？"));
        assertEquals(Language.ENGLISH, Language.of("Translate the word 你 into the English language"));
        assertEquals(Language.ENGLISH, Language.of(""));
    }
}
