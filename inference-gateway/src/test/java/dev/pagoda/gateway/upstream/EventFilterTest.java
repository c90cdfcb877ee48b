package dev.pagoda.gateway.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.buffer.Buffer;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventFilterTest {
    private static final String PLAIN = String.join(
            "",
            "data: {\"choices\":[{\"delta\":{\"content\":\"say \\\"usage\\\":null, twice\"}}]}\n\n",
            ": a comment\n\n",
            "data: {\"choices\":[{\"delta\":{\"content\":\"b\"}}],\"x\":1}\r\n\r\n",
            "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
            "data: [DONE]\n\n");
    private static final String TOLD = String.join(
            "",
            "data: {\"choices\":[{\"delta\":{\"content\":\"say \\\"usage\\\":null, twice\"}}], \"usage\": null}\n\n",
            ": a comment\n\n",
            "data: {\"usage\":null,\"choices\":[{\"delta\":{\"content\":\"b\"}}],\"x\":1}\r\n\r\n",
            "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n",
            "data: {\"choices\": [ ],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":2,\"details\":{\"prompt_tokens\":9}}}\n\n",
            "data: [DONE]\n\n");

    private static String pass(EventFilter filter, String stream, SplittableRandom cuts) {
        Buffer out = Buffer.buffer();
        for (int at = 0; at < stream.length(); ) {
            int next = Math.min(stream.length(), at + cuts.nextInt(1, 60));
            out.appendBuffer(filter.pass(Buffer.buffer(stream.substring(at, next))));
            at = next;
        }
        return out.appendBuffer(filter.rest()).toString();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aClientThatDidNotAskGetsTheStreamAsIfNobodyHad(long seed) {
        var filter = new EventFilter(false);

        assertEquals(PLAIN, pass(filter, TOLD, new SplittableRandom(seed)));
        assertEquals(Optional.of(new ReportedUsage(11, 2)), filter.usage());
        assertEquals(2, filter.pieces());
        assertTrue(filter.isDone());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void aClientThatAskedGetsEveryByte(long seed) {
        var filter = new EventFilter(true);

        assertEquals(TOLD, pass(filter, TOLD, new SplittableRandom(seed)));
        assertEquals(Optional.of(new ReportedUsage(11, 2)), filter.usage());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aStreamWithoutUsageIsNotTouched(long seed) {
        var filter = new EventFilter(false);

        assertEquals(PLAIN, pass(filter, PLAIN, new SplittableRandom(seed)));
        assertEquals(Optional.empty(), filter.usage());
    }

    @Test
    void usageBesideALastChoiceStays() {
        String event =
                "data: {\"choices\":[{\"delta\":{}}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n";
        var filter = new EventFilter(false);

        assertEquals(event, pass(filter, event, new SplittableRandom(1)));
        assertEquals(Optional.of(new ReportedUsage(1, 2)), filter.usage());
    }

    @Test
    void aStreamThatIsCutIsSeenToBe() {
        var filter = new EventFilter(false);
        filter.pass(Buffer.buffer("data: {\"choices\":[]}\n\ndata: {\"cho"));

        assertFalse(filter.isDone());
        assertEquals("data: {\"cho", filter.rest().toString());
    }

    /// A stream that ends before its usage is booked by these.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'choices':[{'index':0,'text':'so'}]}",
                "{'choices':[{'delta':{'content': 'so'}}],'usage':null}",
                "{'choices':[{'delta':{'content':'','reasoning_content':'so'}}]}",
                "{'choices':[{'delta':{'tool_calls':[{'function':{'arguments':'{'}}]}}]}",
                "{'type':'response.output_text.delta','delta':'so'}"
            })
    void eventsWithTextOfTheModelAreCounted(String event) {
        var filter = new EventFilter(true);
        filter.pass(Buffer.buffer("data: " + event.replace('\'', '"') + "\n\n"));
        filter.pass(Buffer.buffer("data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n"));
        filter.pass(Buffer.buffer("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"));

        assertEquals(1, filter.pieces());
    }
}
