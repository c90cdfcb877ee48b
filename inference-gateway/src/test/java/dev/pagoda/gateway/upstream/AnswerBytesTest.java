package dev.pagoda.gateway.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerBytesTest {
    @Test
    void theOnlyPartIsTheBody() {
        var bytes = new AnswerBytes(0);
        Buffer part = Buffer.buffer("{}");
        bytes.add(part);
        assertSame(part, bytes.whole());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 6, 100})
    void partsFollowEachOtherWhateverTheHeadSaid(int expected) {
        var bytes = new AnswerBytes(expected);
        Buffer first = Buffer.buffer("ab");
        bytes.add(first);
        bytes.add(Buffer.buffer("cd"));
        bytes.add(Buffer.buffer("ef"));
        assertEquals("abcdef", bytes.whole().toString());
        assertEquals(6, bytes.length());
        assertEquals("ab", first.toString());
    }

    @Test
    void anAnswerWithoutPartsIsEmpty() {
        assertEquals(0, new AnswerBytes(7).whole().length());
    }
}
