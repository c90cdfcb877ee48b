package dev.pagoda.gateway.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.buffer.Buffer;
import java.util.Collections;
import org.junit.jupiter.api.Test;

class ParametersTest {
    private static final String ITEM = "{\"role\":\"user\",\"content\":[\"hi\",\"there\"]}";

    private static Buffer body(int items, String end) {
        return Buffer.buffer("{\"messages\":null,\"other\":{\"messages\":[1,2]},\"messages\":["
                + String.join(",", Collections.nCopies(items, ITEM)) + end);
    }

    @Test
    void aLargeBodyOfTooManyItemsIsRefusedWithTheirNumber() {
        BadParameter bad =
                assertThrows(BadParameter.class, () -> Parameters.ofBody(body(10_000, "]}"), "messages", 9_999));
        assertTrue(
                String.valueOf(bad.getMessage()).contains("maximum length 9999, but got an array with length 10000"),
                bad.getMessage());
    }

    @Test
    void aLargeBodyOfAllowedItemsIsRead() {
        Parameters read = Parameters.ofBody(body(10_000, "]}"), "messages", 10_000);
        assertEquals(10_000, read.node().path("messages").size());
        assertEquals(
                10_000,
                Parameters.ofBody(body(10_000, "]}"), "others", 1)
                        .node()
                        .path("messages")
                        .size());
    }

    @Test
    void aLargeBodyThatEndsTooSoonIsMalformed() {
        BadParameter bad = assertThrows(BadParameter.class, () -> Parameters.ofBody(body(10_000, "]"), "messages", 10));
        assertTrue(String.valueOf(bad.getMessage()).contains("JSON"), bad.getMessage());
    }
}
