package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// npm's clients of the gateway's protocols, unmodified but for their URL and key.
@Tag("slow")
class NpmClientsTest {
    private static RunningPlatform platform;

    @BeforeAll
    static void start() {
        platform = RunningPlatform.ephemeral();
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    @ParameterizedTest
    @CsvSource({"chats.test.mjs, 9", "anthropic.test.mjs, 10", "ollama.test.mjs, 10", "frameworks.test.mjs, 10"})
    void chatsStreamsCallsToolsKeepsSchemasFailsAndAborts(String file, int tests) throws Exception {
        NodeTests.Outcome outcome = NodeTests.run(file, platform);

        assertEquals(0, outcome.exitCode(), outcome.transcript());
        assertTrue(outcome.passed() >= tests, outcome.transcript());
    }
}
