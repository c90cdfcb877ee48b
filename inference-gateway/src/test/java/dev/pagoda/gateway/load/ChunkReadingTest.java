package dev.pagoda.gateway.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import org.junit.jupiter.api.Test;

class ChunkReadingTest {
    @Test
    void theRoleChunkHasNoContentAndATextChunkHas() throws JsonProcessingException {
        assertFalse(
                ChunkReading.of("{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}],\"usage\":null}")
                        .hasContent());
        assertTrue(ChunkReading.of("{\"choices\":[{\"delta\":{\"content\":\"a\"}}]}")
                .hasContent());
        assertTrue(ChunkReading.of("{\"choices\":[{\"delta\":{\"reasoning_content\":\"a\"}}]}")
                .hasContent());
        assertTrue(ChunkReading.of("{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0}]}}]}")
                .hasContent());
    }

    @Test
    void usageIsReadFromTheChunkWithoutChoices() throws JsonProcessingException {
        ChunkReading last = ChunkReading.of("{\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}");

        assertEquals(new ChunkReading.Usage(3, 4), last.usage());
        assertNull(ChunkReading.of("{\"choices\":[],\"usage\":null}").usage());
    }

    @Test
    void anErrorIsNamedByItsCodeElseItsType() throws JsonProcessingException {
        assertEquals(
                "c",
                ChunkReading.of("{\"error\":{\"type\":\"t\",\"code\":\"c\"}}").error());
        assertEquals(
                "t",
                ChunkReading.of("{\"error\":{\"type\":\"t\",\"code\":null}}").error());
        assertNull(ChunkReading.of("{\"error\":null,\"choices\":[]}").error());
    }

    @Test
    void whatIsNoJsonIsRefused() {
        assertThrows(JsonProcessingException.class, () -> ChunkReading.of("{\"choices\":"));
    }

    @Test
    void bodiesAreToldInTheTargetsOwnWordsOnOneLine() {
        assertEquals("no such key", ChunkReading.messageOfBody("{\"error\":{\"message\":\"no such key\"}}"));
        assertEquals("<html>", ChunkReading.messageOfBody("<html>\n<body>"));
        assertEquals("slow_down", ChunkReading.errorCodeOfBody("{\"error\":{\"code\":\"slow_down\"}}"));
        assertEquals("", ChunkReading.errorCodeOfBody("oops"));
    }
}
