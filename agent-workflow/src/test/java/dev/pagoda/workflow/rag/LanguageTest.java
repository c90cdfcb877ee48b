package dev.pagoda.workflow.rag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LanguageTest {
    @ParameterizedTest
    @CsvSource({
        "How do I return a parcel?, EN",
        "怎么退货？, ZH",
        "Windows 11 无法启动怎么办, ZH",
        "What does the sign 出口 in the station of the old town mean?, EN",
        "12345 !?, EN"
    })
    void isDecidedByTheScriptOfMostWords(String text, Language language) {
        assertEquals(language, Language.detect(text));
    }

    @Test
    void refusesATagItDoesNotKnow() {
        assertThrows(IllegalArgumentException.class, () -> Language.of("fr"));
        assertEquals(Language.ZH, Language.of("zh"));
    }
}
