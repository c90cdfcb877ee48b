package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.load.LoadCommand;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/// Clients that leave in mid-stream cost nobody a token, a batch slot or a device.
@Tag("slow")
class AbortedChatsTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Pattern HELD = Pattern.compile(
            "(?m)^vllm:(?:num_requests_running|num_requests_waiting|kv_cache_usage_perc)\\{.*} (\\S+)$");

    @Test
    void agreesToTheTokenAndLeaksNothing() throws Exception {
        try (RunningPlatform platform = RunningPlatform.ephemeral()) {
            int exitCode = new CommandLine(new LoadCommand())
                    .execute(
                            "--url",
                            platform.url(""),
                            "--api-key",
                            platform.key(),
                            "--model",
                            "qwen2.5-7b-instruct",
                            "--requests",
                            "2000",
                            "--concurrency",
                            "64",
                            "--max-tokens",
                            "24",
                            "--prompt-tokens",
                            "40",
                            "--abort",
                            "0.1",
                            "--check-usage");

            assertEquals(0, exitCode, "the load's usage and the platform's differ, or nothing completed");
            long limitNanos = System.nanoTime() + LIMIT.toNanos();
            double held = heldByEngines(platform);
            while (held > 0 && System.nanoTime() < limitNanos) {
                held = heldByEngines(platform);
            }
            assertEquals(0, held, "requests run, wait or hold KV blocks after all clients have left");
            JsonNode usage = platform.get("/platform/usage?group_by=outcome").json();
            assertEquals(2000, usage.path("total").path("requests").asLong(), usage.toString());
        }
    }

    private static double heldByEngines(RunningPlatform platform) throws Exception {
        return HELD.matcher(platform.get("/metrics").text())
                .results()
                .mapToDouble(line -> Double.parseDouble(line.group(1)))
                .sum();
    }
}
