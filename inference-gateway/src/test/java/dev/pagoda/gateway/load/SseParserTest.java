package dev.pagoda.gateway.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SseParserTest {
    private static final String STREAM =
            ": hello\n\ndata: {\"a\":1}\n\nevent: x\r\nid: 7\r\ndata:第二\r\ndata: line two\r\n\r\n"
                    + "data\n\nretry: 5\n\ndatabase: no\n\ndata: [DONE]\n\ndata: cut off";
    private static final List<String> EVENTS = List.of("{\"a\":1}", "第二\nline two", "", "[DONE]");

    @Test
    void readsTheSameEventsHoweverTheNetworkCutsTheBytes() {
        byte[] bytes = STREAM.getBytes(StandardCharsets.UTF_8);
        for (int size = 1; size <= bytes.length; size++) {
            assertEquals(EVENTS, parse(bytes, size), "chunks of " + size + " bytes");
        }
    }

    @Test
    void readsLinesThatEndWithCarriageReturnAlone() {
        assertEquals(List.of("one", "two"), parse("data: one\r\rdata: two\r\r".getBytes(StandardCharsets.UTF_8), 3));
    }

    @Test
    void refusesAnEventBeyondTheBound() {
        var parser = new SseParser(event -> {});
        byte[] endless = new byte[SseParser.MAX_EVENT_BYTES];
        Arrays.fill(endless, (byte) 'x');
        parser.feed(endless);

        assertThrows(IllegalStateException.class, () -> parser.feed(new byte[] {'x'}));
    }

    private static List<String> parse(byte[] bytes, int size) {
        var events = new ArrayList<String>();
        var parser = new SseParser(events::add);
        for (int from = 0; from < bytes.length; from += size) {
            parser.feed(Arrays.copyOfRange(bytes, from, Math.min(from + size, bytes.length)));
        }
        return events;
    }
}
