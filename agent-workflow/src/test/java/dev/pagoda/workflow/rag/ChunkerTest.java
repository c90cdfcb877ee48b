package dev.pagoda.workflow.rag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ChunkerTest {
    private static final Chunker SMALL = new Chunker(20, 30, 8);

    @Test
    void keepsATextThatFitsWhole() {
        var chunks = new Chunker(10, 100, 0).chunk("  One sentence. Another one.\n\nA paragraph.  ");
        assertEquals(List.of(new Chunk(0, 2, "One sentence. Another one.\n\nA paragraph.")), chunks);
    }

    @Test
    void givesNothingForBlankText() {
        assertEquals(List.of(), SMALL.chunk(" \n\n "));
    }

    @Test
    void endsChunksAtChineseSentenceEnds() {
        var text = "故宫位于北京市中心，是明清两代的皇宫。".repeat(5);
        for (var chunk : SMALL.chunk(text)) {
            assertTrue(chunk.text().endsWith("。"), chunk.text());
        }
    }

    @Test
    void endsAChunkWithItsParagraphWhenThatFits() {
        var first = "Alpha beta gamma delta. ".repeat(4).strip();
        var chunks = new Chunker(20, 30, 0).chunk(first + "\n\n" + "Epsilon zeta eta theta. ".repeat(4));
        assertEquals(first, chunks.getFirst().text());
    }

    @Test
    void repeatsTheLastSentenceOfTheChunkBefore() {
        var text = new StringBuilder();
        for (int i = 0; i < 12; i++) {
            text.append("Sentence number ").append(i).append(" is here. ");
        }
        var chunks = SMALL.chunk(text.toString());
        for (int i = 1; i < chunks.size(); i++) {
            var before = chunks.get(i - 1);
            assertTrue(chunks.get(i).offset() < before.offset() + before.text().length(), chunks.toString());
        }
    }

    @Test
    void coversEveryTextWithinTheBoundAndWithTrueOffsets() {
        var seed = 20261121L;
        var random = new Random(seed);
        var alphabet = "ab cd. 中文，。！\n\n？😀 xyz";
        for (int round = 0; round < 300; round++) {
            var builder = new StringBuilder();
            int length = 1 + random.nextInt(600);
            while (builder.length() < length) {
                builder.appendCodePoint(alphabet.codePointAt(
                        alphabet.offsetByCodePoints(0, random.nextInt(alphabet.codePointCount(0, alphabet.length())))));
            }
            check(builder.toString(), "seed " + seed + " round " + round);
        }
    }

    private static void check(String text, String label) {
        int covered = 0;
        int ordinal = 0;
        int lastEnd = 0;
        for (var chunk : SMALL.chunk(text)) {
            int end = chunk.offset() + chunk.text().length();
            assertEquals(ordinal++, chunk.ordinal(), label);
            assertEquals(text.substring(chunk.offset(), end), chunk.text(), label);
            assertTrue(TextSize.tokens(chunk.text()) <= 30, label + ": " + TextSize.tokens(chunk.text()));
            assertTrue(end > lastEnd, label);
            assertTrue(
                    text.substring(covered, Math.max(covered, chunk.offset())).isBlank(), label);
            assertTrue(!Character.isLowSurrogate(chunk.text().charAt(0)), label);
            covered = Math.max(covered, end);
            lastEnd = end;
        }
        assertTrue(text.substring(covered).isBlank(), label);
    }

    @Test
    void refusesAnOverlapThatWouldSwallowTheChunk() {
        assertThrows(IllegalArgumentException.class, () -> new Chunker(20, 30, 11));
        assertThrows(IllegalArgumentException.class, () -> new Chunker(40, 30, 0));
    }
}
