package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Qdrant's own JavaScript client, unmodified but for its URL and key.
@Tag("slow")
class QdrantJsClientTest {
    @Test
    void everyMethodOfTheClientWorks() throws Exception {
        try (RunningPlatform platform = RunningPlatform.ephemeral()) {
            NodeTests.Outcome outcome = NodeTests.run("qdrant.test.mjs", platform);

            assertEquals(0, outcome.exitCode(), outcome.transcript());
            assertTrue(outcome.passed() >= 18, outcome.transcript());
        }
    }
}
