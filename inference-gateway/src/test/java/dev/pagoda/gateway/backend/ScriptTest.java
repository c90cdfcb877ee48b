package dev.pagoda.gateway.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.backend.Script.Bounds;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ScriptTest {
    private static final Bounds FREE = new Bounds(10_000, 0, false, List.of());

    @Test
    void tellsWhichStopItMetFirst() {
        var bounds = new Script.Bounds(100, 0, false, List.of("never", "roof", "tower"));

        assertEquals(
                "tower",
                Script.write("A tower has a roof.", Language.ENGLISH, bounds).stop());
        assertEquals("", Script.write("A house.", Language.ENGLISH, bounds).stop());
    }

    @Test
    void deliversTheWholeTextWithoutBounds() {
        String text = "Grüße, 世界! 🧑‍🚀 fährt nach 北京。";
        Script script = Script.write(text, Language.ENGLISH, FREE);

        assertEquals(text, String.join("", pieces(script)));
        assertEquals(Tokens.count(text), script.tokens());
        assertEquals(FinishReason.STOP, script.finish());
    }

    @Test
    void neverSplitsACodePoint() {
        String text = "𠮷野家🧑‍🚀🏳️‍🌈𝔘𝔫𝔦𝔠𝔬𝔡𝔢 龘靐齉".repeat(3);
        for (int max = 1; max <= Tokens.count(text); max++) {
            Script script = Script.write(text, Language.CHINESE, new Bounds(max, 0, false, List.of()));
            String joined = String.join("", pieces(script));
            assertFalse(joined.contains("\ufffd"), joined);
            assertTrue(text.startsWith(joined), joined);
            for (String piece : pieces(script)) {
                assertFalse(!piece.isEmpty() && Character.isHighSurrogate(piece.charAt(piece.length() - 1)), piece);
            }
            assertEquals(max, script.tokens());
        }
    }

    @Test
    void cutsAtTheTokenLimitAndSaysSo() {
        Script script =
                Script.write("one two three four five six", Language.ENGLISH, new Bounds(3, 0, false, List.of()));

        assertEquals("one two three", String.join("", pieces(script)));
        assertEquals(FinishReason.LENGTH, script.finish());
    }

    @Test
    void aTextThatJustFitsEndsByItself() {
        Script script = Script.write("one two three", Language.ENGLISH, new Bounds(3, 0, false, List.of()));

        assertEquals(FinishReason.STOP, script.finish());
    }

    @Test
    void ignoringTheEndGivesExactlyTheTokensAskedFor() {
        for (int max : new int[] {1, 2, 7, 100, 1001, 5000}) {
            for (Language language : Language.values()) {
                Script script = Script.write("你好 hello", language, new Bounds(max, 0, true, List.of()));
                assertEquals(max, script.tokens());
                assertEquals(FinishReason.LENGTH, script.finish());
                assertEquals(max, pieces(script).size());
            }
        }
    }

    @Test
    void aMinimumExtendsTheTextToItAndNotBeyond() {
        Script script = Script.write("short", Language.ENGLISH, new Bounds(500, 120, false, List.of()));

        assertEquals(120, script.tokens());
        assertEquals(FinishReason.STOP, script.finish());
    }

    @Test
    void deliversOnlyWhatPrecedesAStop() {
        assertEquals("alpha beta", cut("alpha beta gamma delta", " gamma"));
        assertEquals("alpha be", cut("alpha beta gamma delta", "ta gam"));
        assertEquals("", cut("alpha beta", "alph"));
        assertEquals("第一句。", cut("第一句。第二句。", "第二"));
        assertEquals("a ", cut("a 🧑‍🚀 b", "🧑"));
    }

    @Test
    void theEarliestOfSeveralStopsWins() {
        assertEquals("one ", cut("one two three four", "three", "two", "nine"));
    }

    @Test
    void aBeginningThatTurnsOutToBeNoStopIsDelivered() {
        assertEquals("END of EN", cut("END of ENDS here", "DS"));
        assertEquals("aa", cut("aaaab", "aab"));
        assertEquals("ababab", cut("ababab", "abac"));
    }

    @Test
    void stopsAgreeWithAPlainSearchOnRandomTexts() {
        for (long seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            String text = randomText(random, 60);
            String stop = randomText(random, 1 + random.nextInt(3));
            Script script = Script.write(text, Language.ENGLISH, new Bounds(1000, 0, false, List.of(stop)));
            int at = text.indexOf(stop);
            String expected = at < 0 ? text : text.substring(0, at);
            assertEquals(expected, String.join("", pieces(script)), "seed " + seed + ", stop '" + stop + "'");
            assertEquals(pieces(script).size(), script.tokens());
        }
    }

    @Test
    void noStopIsSeenBeforeTheMinimum() {
        String text = "stop one stop two stop three";
        Script script = Script.write(text, Language.ENGLISH, new Bounds(100, 2, false, List.of("stop")));

        assertEquals("stop one ", String.join("", pieces(script)));
    }

    @Test
    void countsPromptsWithTheirChatFormat() {
        assertEquals(3 + 4 + 1, Tokens.countPrompt(List.of(new ChatMessage(Role.USER, "hello"))));
    }

    @Test
    void textThatLooksLikeASpecialTokenIsOrdinaryText() {
        String text = "<|endoftext|>";
        assertEquals(text, Tokens.decode(Tokens.encode(text)));
        assertTrue(Tokens.count(text) > 1);
    }

    private static String cut(String text, String... stops) {
        return String.join(
                "", pieces(Script.write(text, Language.ENGLISH, new Bounds(1000, 0, false, List.of(stops)))));
    }

    private static List<String> pieces(Script script) {
        var pieces = new ArrayList<String>();
        for (Script.Reader reader = script.reader(); !reader.atEnd(); ) {
            pieces.add(reader.read());
        }
        return pieces;
    }

    private static String randomText(Random random, int parts) {
        String[] alphabet = {"a", "b", "ab", " ", "the", "\n", "世", "界", "🙂", "。", "ing", "x1"};
        var text = new StringBuilder();
        for (int i = 0; i < parts; i++) {
            text.append(alphabet[random.nextInt(alphabet.length)]);
        }
        return text.toString();
    }
}
