package dev.pagoda.gateway.study;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceReaderTest {
    @TempDir
    private Path folder = Path.of("");

    private Path file(String... lines) throws IOException {
        return Files.write(folder.resolve("trace.txt"), List.of(lines));
    }

    private String fault(String... lines) throws IOException {
        Path file = file(lines);
        return String.valueOf(assertThrows(TraceFault.class, () -> TraceReader.read(file))
                        .getMessage())
                .replace(folder.toString(), "");
    }

    @Test
    void readsAzure() throws IOException {
        List<TimedRequest> read = TraceReader.read(file(
                "TIMESTAMP,ContextTokens,GeneratedTokens",
                "2023-11-16 18:17:03.9799600,4808,10",
                "2023-11-16 18:17:04.0319600,3180,8"));

        assertEquals(2, read.size());
        assertEquals(52_000_000, read.get(1).arrivalNanos());
        assertEquals(3180, read.get(1).prompt().tokens());
        assertEquals(8, read.get(1).outputTokens());
    }

    @Test
    void mooncakesEqualHashesAreEqualPrefixes() throws IOException {
        List<TimedRequest> read = TraceReader.read(file(
                "{\"timestamp\": 0, \"input_length\": 1000, \"output_length\": 5, \"hash_ids\": [7, 8]}",
                "{\"timestamp\": 27, \"input_length\": 900, \"output_length\": 5, \"hash_ids\": [7, 9]}"));
        long[] first = read.get(0).prompt().blockNames();
        long[] second = read.get(1).prompt().blockNames();

        assertEquals(27_000_000, read.get(1).arrivalNanos());
        assertEquals(62, first.length, "whole blocks of the prompt only");
        assertEquals(first[31], second[31]);
        assertNotEquals(first[32], second[32]);
    }

    @Test
    void tokensOfLlmServingSimNameTheirBlocks() throws IOException {
        String ids = "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17";
        List<TimedRequest> read = TraceReader.read(file(
                "{\"arrival_time_ns\": 5, \"input_toks\": 17, \"output_toks\": 2, \"input_tok_ids\": [" + ids + "]}",
                "{\"arrival_time_ns\": 3, \"input_toks\": 17, \"output_toks\": 2, \"input_tok_ids\": [" + ids + "]}"));

        assertEquals(3, read.getFirst().arrivalNanos(), "in order of arrival");
        assertArrayEquals(
                read.get(0).prompt().blockNames(), read.get(1).prompt().blockNames());
        assertEquals(1, read.getFirst().prompt().blockNames().length);
    }

    @Test
    void aLogOfVllmCountsFromTheArrival() throws IOException {
        RequestLog log = RequestLog.read(file(
                "{\"input_toks\": 8, \"output_toks\": 3, \"arrival_time\": 100.0, \"queued_ts\": 7.5,"
                        + " \"first_token_ts\": 8.0, \"last_token_ts\": 9.0}",
                "{\"input_toks\": 8, \"output_toks\": 3, \"arrival_time\": 101.0, \"queued_ts\": 9.5,"
                        + " \"first_token_ts\": 10.0, \"last_token_ts\": 11.0}"));
        RequestLog.Logged second = log.logged().get(1);

        assertEquals(1.0, second.arrivalSeconds(), 1e-9);
        assertEquals(1.5, second.ttftSeconds(), 1e-9, "a second of it before the engine took it");
        assertEquals(.5, second.tpotSeconds(), 1e-9);
    }

    @Test
    void namesFileLineAndReason() throws IOException {
        assertEquals(
                "/trace.txt line 3: expected a whole number in ContextTokens, not 'many'",
                fault(
                        "TIMESTAMP,ContextTokens,GeneratedTokens",
                        "2023-11-16 18:17:03.9799600,4808,10",
                        "2023-11-16 18:17:04.0319600,many,8"));
        assertEquals(
                "/trace.txt line 2: GeneratedTokens is 0, expected 1 to 10000000",
                fault("TIMESTAMP,ContextTokens,GeneratedTokens", "2023-11-16 18:17:03.9799600,4808,0"));
        assertTrue(fault("TIMESTAMP,ContextTokens,GeneratedTokens", "yesterday,1,1")
                .contains("line 2: expected a TIMESTAMP like"));
        assertTrue(fault("{\"timestamp\": 0, \"input_length\": 1, \"output_length\": 1, \"hash_ids\": 3}")
                .contains("line 1: expected an array in \"hash_ids\""));
        assertTrue(fault("{\"timestamp\": 0, \"input_length\": 1000, \"output_length\": 1, \"hash_ids\": [1]}")
                .contains("line 1: expected 2 hash_ids, one for each 512 of 1000 tokens, not 1"));
        assertTrue(fault("{\"timestamp\": 0, \"hash_ids\": []", "").contains("line 1: expected a JSON object"));
        assertTrue(fault("what").contains("line 1: expected a JSON object or the header"));
        assertTrue(fault("{\"a\": 1}").contains("has none of them"));
    }

    @Test
    void saysThatThereIsNoFile() {
        Path absent = folder.resolve("absent.csv");

        assertEquals(
                "there is no file " + absent,
                assertThrows(TraceFault.class, () -> TraceReader.read(absent)).getMessage());
    }
}
