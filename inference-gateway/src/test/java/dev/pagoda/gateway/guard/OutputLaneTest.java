package dev.pagoda.gateway.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.pagoda.gateway.guard.GuardPolicy.Action;
import dev.pagoda.gateway.guard.GuardPolicy.Check;
import dev.pagoda.gateway.guard.GuardPolicy.Kind;
import dev.pagoda.gateway.guard.OutputLane.Release;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutputLaneTest {
    private static final String MAIL = "jane.doe@example.com";

    private static Check pii(Action action) {
        return new Check(null, Kind.PII, action, null, null, null, null, null);
    }

    private static Check words(Action action, String... words) {
        return new Check("names", Kind.WORDS, action, null, null, List.of(words), null, null);
    }

    private static CheckList checks(Check... checks) {
        return new CheckList("output", List.of(checks));
    }

    private static String masked(CheckList checks, String text) {
        return checks.judge(text, checks.hits(text), 0, text.length()).text();
    }

    /// What a client hears of a text that comes in such pieces, and how many tokens with it.
    private record Heard(String text, int tokens, List<Verdict> verdicts, boolean isBlocked, int mostHeld) {
        static Heard of(CheckList checks, List<String> pieces) {
            var lane = new OutputLane(checks);
            var text = new StringBuilder();
            var verdicts = new ArrayList<Verdict>();
            int tokens = 0;
            int sent = 0;
            int held = 0;
            for (String piece : pieces) {
                Release release = lane.more(piece, 1);
                assertTrue(release.text().isEmpty() || release.tokens() > 0);
                sent += piece.length();
                text.append(release.text());
                tokens += release.tokens();
                verdicts.addAll(release.verdicts());
                if (release.isBlocked()) {
                    return new Heard(text.toString(), tokens, verdicts, true, held);
                }
                held = Math.max(held, sent - text.length());
            }
            Release last = lane.end();
            text.append(last.text());
            verdicts.addAll(last.verdicts());
            return new Heard(text.toString(), tokens + last.tokens(), verdicts, last.isBlocked(), held);
        }
    }

    private static List<String> pieces(String text, Random random) {
        var pieces = new ArrayList<String>();
        for (int at = 0; at < text.length(); ) {
            int end = Math.min(text.length(), at + 1 + random.nextInt(7));
            pieces.add(text.substring(at, end));
            at = end;
        }
        return pieces;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "write to jane.doe@example.com. Thanks|write to [EMAIL]. Thanks",
                "call +1 650-253-0000 or (650) 253-0000 now|call [PHONE] or [PHONE] now",
                "IBAN DE89 3704 0044 0532 0130 00, please|IBAN [IBAN], please",
                "card 4111 1111 1111 1111 until 12/27|card [CARD] until 12/27",
                "order 4111 1111 1111 1112 of 2026-11-22|order 4111 1111 1111 1112 of 2026-11-22",
                "in DE00 3704 0044 0532 0130 00 the digits are wrong|in DE00 3704 0044 0532 0130 00 the digits are wrong",
                "a@b is no address, version 1.2.3|a@b is no address, version 1.2.3"
            })
    void findsPersonalDataAndLeavesWhatOnlyLooksLikeIt(String text, String expected) {
        assertEquals(expected, masked(checks(pii(Action.MASK)), text));
    }

    @Test
    void findsWholeWordsWhateverTheirCaseAndIdeographsAnywhere() {
        assertEquals(
                "[WORD] and Falconry, 关于[WORD]的",
                masked(checks(words(Action.MASK, "falcon", "猎鹰")), "FALCON and Falconry, 关于猎鹰的"));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aStreamReadsAsTheWholeTextWouldAndHoldsBackNoMoreThanAWindow(long seed) {
        var random = new Random(seed);
        String[] words = {
            "the",
            "shop",
            MAIL + ",",
            "opens",
            "falcon",
            "at",
            "nine.",
            "+1 650-253-0000",
            "4111 1111 1111 1111",
            "DE89 3704 0044 0532 0130 00",
            "\n",
            "falconry",
            "🦅",
            "猎鹰"
        };
        var text = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            text.append(words[random.nextInt(words.length)]).append(' ');
        }
        CheckList checks = checks(pii(Action.MASK), words(Action.MASK, "falcon", "猎鹰"));
        List<String> pieces = pieces(text.toString(), random);
        Heard heard = Heard.of(checks, pieces);

        assertEquals(masked(checks, text.toString()), heard.text(), "seed " + seed);
        assertEquals(pieces.size(), heard.tokens(), "seed " + seed);
        assertTrue(heard.verdicts().size() > 20, "seed " + seed);
    }

    @Test
    void aLongStreamHoldsBackFewCharacters() {
        String text = "The shop opens at nine in the morning. ".repeat(50);
        Heard heard = Heard.of(checks(pii(Action.MASK)), pieces(text, new Random(1)));

        assertEquals(text, heard.text());
        assertTrue(heard.mostHeld() < 120, heard.mostHeld() + " characters were held back");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void nothingOfWhatBlocksIsEverHeard(long seed) {
        String before = "A long preamble that nobody minds, with words enough to fill a window or two. ".repeat(3);
        Heard heard = Heard.of(
                checks(pii(Action.BLOCK)), pieces(before + "Write to " + MAIL + " now. And so on.", new Random(seed)));

        assertTrue(heard.isBlocked());
        assertEquals(before + "Write to ", heard.text());
        assertEquals(
                List.of("output pii email block"),
                heard.verdicts().stream().map(Verdict::text).toList());
    }

    @Test
    void whatIsOnlyLoggedGoesThrough() {
        Heard heard = Heard.of(checks(pii(Action.LOG)), pieces("Write to " + MAIL + ".", new Random(1)));

        assertEquals("Write to " + MAIL + ".", heard.text());
        assertEquals(1, heard.verdicts().size());
    }

    @Test
    void anAnswerThatGrowsTooLongEndsThere() {
        var size = new Check(null, Kind.SIZE, null, null, null, null, 20, null);
        Heard heard = Heard.of(checks(size), List.of("0123456789", "0123456789", "0123456789"));

        assertTrue(heard.isBlocked());
        assertTrue(heard.text().length() <= 20);
    }

    @Test
    void anAnswerOfTheWrongShapeIsHeldBackWhole() {
        var schema = JsonNodeFactory.instance.objectNode();
        schema.put("type", "object").putArray("required").add("name");
        var shape = new Check(null, Kind.JSON_SCHEMA, null, null, null, null, null, schema);

        Heard right = Heard.of(checks(shape), List.of("{\"name\"", ":1}"));
        assertEquals("{\"name\":1}", right.text());
        assertFalse(right.isBlocked());
        Heard wrong = Heard.of(checks(shape), List.of("{\"nam\"", ":1}"));
        assertEquals("", wrong.text());
        assertTrue(wrong.isBlocked());
    }

    @Test
    void refusesChecksThatSayTooLittleOrTheImpossible() {
        assertThrows(
                IllegalArgumentException.class, () -> new Check(null, Kind.WORDS, null, null, null, null, null, null));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Check(null, Kind.SIZE, Action.MASK, null, null, null, 5, null));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Check(null, Kind.PII, null, Set.of("shoe size"), null, null, null, null));
    }
}
