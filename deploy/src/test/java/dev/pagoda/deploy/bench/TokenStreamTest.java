package dev.pagoda.deploy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class TokenStreamTest {
    private static final String HEAD = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";

    private static String event(String data) {
        String line = "data: " + data + "\n\n";
        return Integer.toHexString(line.length()) + "\r\n" + line + "\r\n";
    }

    private static String text(String content) {
        return event("{\"choices\":[{\"delta\":{\"content\":\"" + content + "\"}}],\"usage\":null}");
    }

    private static TokenStream read(String wire, int step) {
        var stream = new TokenStream(at -> {});
        byte[] bytes = wire.getBytes(StandardCharsets.UTF_8);
        for (int at = 0; at < bytes.length; at += step) {
            stream.read(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + step)), at);
        }
        return stream;
    }

    private static String whole(String... words) {
        var wire = new StringBuilder(HEAD).append(event("{\"choices\":[{\"delta\":{\"content\":\"\"}}]}"));
        List.of(words).forEach(word -> wire.append(text(word)));
        return wire.append(event("{\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":12}}"))
                .append(event("[DONE]"))
                .append("0\r\n\r\n")
                .toString();
    }

    @Test
    void countsEventsWithTextHoweverTheyAreCut() {
        for (int step = 1; step < 200; step += 7) {
            TokenStream stream = read(whole("one", " \\\"two\\\"", " three"), step);
            assertEquals(3, stream.events());
            assertEquals(12, stream.completionTokens());
            assertEquals("", stream.error());
            assertEquals(read(whole("one \\\"two\\\" three"), 1_000).hash(), stream.hash());
        }
        assertNotEquals(read(whole("one"), 50).hash(), read(whole("two"), 50).hash());
    }

    @Test
    void countsTokensByTheirPartOfTheText() {
        TokenStream stream = new TokenStream(at -> {});
        stream.read(HEAD.getBytes(StandardCharsets.UTF_8), 0);
        stream.read(text("abc").getBytes(StandardCharsets.UTF_8), 10);
        stream.read(text("defghijkl").getBytes(StandardCharsets.UTF_8), 20);
        stream.read(event("{\"usage\":{\"completion_tokens\":12}}").getBytes(StandardCharsets.UTF_8), 30);
        assertEquals(3, stream.tokensWithin(0, 20));
        assertEquals(9, stream.tokensWithin(20, 30));
    }

    @Test
    void tellsWhatWentWrong() {
        assertEquals("status 200, cut off", read(HEAD + text("one"), 10).error());
        assertTrue(read(HEAD + event("{\"error\":{\"code\":\"x\"}}") + event("[DONE]"), 10)
                .error()
                .contains("\"x\""));
        assertTrue(read("HTTP/1.1 429 Too Many\r\ncontent-length: 3\r\n\r\n{\"error\":1}\n", 10)
                .error()
                .contains("error"));
    }

    @Test
    void theAddedGapIsTheLongestAfterTheDeathOverTheUsual() {
        List<Long> calm = new ArrayList<>();
        List<Long> killed = new ArrayList<>();
        for (long i = 0; i < 10; i++) {
            calm.add(100 * i);
            killed.add(100 * i + (i > 5 ? 250 : 0));
        }
        assertEquals(250, StreamsBench.addedNanos(killed, calm, 510));
        assertEquals(0, StreamsBench.addedNanos(calm, calm, 510));
    }
}
