package dev.pagoda.gateway.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class EngineConfigTest {
    @TempDir
    private Path folder = Path.of("");

    private EngineConfig config(String text) throws IOException {
        return EngineConfig.read(Files.writeString(folder.resolve("meta.json"), text));
    }

    @Test
    void findsKeysInAnyObjectTheNearestToTheTopFirst() throws IOException {
        EngineConfig config = config(
                "{\"engine_kwargs\": {\"max_num_seqs\": 128, \"deep\": {\"max_num_seqs\": 7}, \"max_model_len\": null}}");

        assertEquals(OptionalInt.of(128), config.whole("max_num_seqs"));
        assertEquals(OptionalInt.empty(), config.whole("max_model_len"));
    }

    @Test
    void countsBlocksOfSixteenTokens() throws IOException {
        assertEquals(
                OptionalInt.of(2588),
                config("{\"kv_cache\": {\"num_gpu_blocks\": 2588, \"block_size\": 16}}")
                        .kvBlocks());
        assertEquals(
                OptionalInt.of(200),
                config("{\"num_gpu_blocks\": 100, \"block_size\": 32}").kvBlocks());
        assertEquals(OptionalInt.of(2588), config("{\"num_kv_tokens\": 41408}").kvBlocks());
    }

    @Test
    void plansAheadFromVersionFourteenOn() throws IOException {
        assertTrue(config("{\"vllm_version\": \"0.19.0\"}").isAsync());
        assertFalse(config("{\"vllm_version\": \"0.9.2\"}").isAsync());
        assertFalse(config("{\"vllm_version\": \"0.19.0\", \"async_scheduling\": false}")
                .isAsync());
        assertTrue(EngineConfig.NONE.isAsync());
    }

    @Test
    void saysWhatIsBroken() throws IOException {
        EngineConfig zero = config("{\"max_num_seqs\": 0}");
        assertTrue(message(() -> zero.whole("max_num_seqs"))
                .endsWith("expected a whole number above 0 in max_num_seqs, not 0"));
        assertTrue(message(() -> config("{\"a\": \n oops}")).contains("meta.json line 2: expected JSON"));
        assertTrue(message(() -> EngineConfig.read(folder.resolve("none.json"))).startsWith("there is no file"));
    }

    private static String message(Executable does) {
        return String.valueOf(assertThrows(TraceFault.class, does).getMessage());
    }
}
