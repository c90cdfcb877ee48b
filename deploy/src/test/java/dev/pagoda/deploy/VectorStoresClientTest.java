package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// OpenAI's own JavaScript client with files and vector stores, unmodified but for its URL and key.
@Tag("slow")
class VectorStoresClientTest {
    @Test
    void filesAreTakenInAndFound() throws Exception {
        try (RunningPlatform platform = RunningPlatform.ephemeral()) {
            NodeTests.Outcome outcome = NodeTests.run("openai.test.mjs", platform);

            assertEquals(0, outcome.exitCode(), outcome.transcript());
            assertTrue(outcome.passed() >= 7, outcome.transcript());
        }
    }
}
