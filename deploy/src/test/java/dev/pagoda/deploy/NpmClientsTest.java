package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
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

    /// The description is openapi.json of github.com/openai/openai-openapi, which is not shipped.
    @Test
    @EnabledIfSystemProperty(named = "openai.document", matches = ".+", disabledReason = "it is given by this property")
    void everyAnswerKeepsOpenAisOwnDescription() throws Exception {
        Path document = Path.of(System.getProperty("openai.document")).toAbsolutePath();
        NodeTests.Outcome outcome =
                NodeTests.run("schema.test.mjs", platform, Map.of("OPENAI_DOCUMENT", document.toString()));

        assertEquals(0, outcome.exitCode(), outcome.transcript());
        assertTrue(outcome.passed() >= 32, outcome.transcript());
    }

    @ParameterizedTest
    @CsvSource({"chats.test.mjs, 10", "anthropic.test.mjs, 10", "ollama.test.mjs, 10", "frameworks.test.mjs, 10"})
    void chatsStreamsCallsToolsKeepsSchemasFailsAndAborts(String file, int tests) throws Exception {
        NodeTests.Outcome outcome = NodeTests.run(file, platform);

        assertEquals(0, outcome.exitCode(), outcome.transcript());
        assertTrue(outcome.passed() >= tests, outcome.transcript());
    }
}
