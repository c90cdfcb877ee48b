package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.openai.OpenAiConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Clients that do not read, or leave, on a whole platform: what they hold is bounded and given back, what they used
/// is booked, and others notice nothing.
@Tag("slow")
class SlowClientsTest {
    private static final String MODEL = "qwen2.5-7b-instruct";
    private static final Pattern COMPLETION_TOKENS = Pattern.compile("\"completion_tokens\":(\\d+)");
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final int SMALL_BUFFER_BYTES = 4_096;
    private static final int UNREAD_BYTES = 64 << 10;
    private static final int PATIENCE_MILLIS = 120_000;

    /// Engines that make more in a second than the buffers between two sockets hold.
    private static Config fastEngines() {
        Config config = Config.defaults();
        OpenAiConfig bounds = config.openai();
        return new Config(
                config.http(),
                config.store(),
                config.governance(),
                config.compute(),
                config.registry(),
                config.vectors(),
                config.gateway().withReplicas(config.gateway().replicas().withTimeScale(20)),
                new OpenAiConfig(
                        bounds.maxBodyBytes(),
                        bounds.requestTimeout(),
                        UNREAD_BYTES,
                        bounds.stallTimeout(),
                        bounds.strictParameters()),
                config.traffic(),
                config.workflow());
    }

    @Test
    void aStreamThatNobodyReadsIsDroppedAndBookedWhileOthersGoOn() throws Exception {
        try (var platform = RunningPlatform.ephemeral(fastEngines());
                // twenty alternatives a token make events of kilobytes
                Socket deaf = stream(platform, 10_000, "Go on.", ",\"logprobs\":true,\"top_logprobs\":20");
                Socket keen = stream(platform, 2_000, "Go on, and be heard.", "")) {
            int tokens = readToTheEnd(keen);

            assertEquals(2_000, tokens);
            assertTrue(deaf.isConnected());
            until(() -> total(platform, "pagoda_gateway_slow_readers_total") == 1);
            until(() -> total(platform, "vllm:num_requests_running") == 0);
            until(() -> total(platform, "vllm:kv_cache_usage_perc") == 0);
            until(() -> completionTokens(platform, "completed") == 2_000);
            until(() -> completionTokens(platform, "aborted") > 0);
            double made = total(platform, "vllm:generation_tokens_total");
            assertEquals(made, completionTokens(platform, "completed") + completionTokens(platform, "aborted"));
            assertTrue(made < 12_000, made + " tokens were made, and nobody read most of them");
        }
    }

    @Test
    void aClientThatHangsUpGivesItsBlocksBackWhileItsNeighbourGoesOn() throws Exception {
        try (var platform = RunningPlatform.ephemeral();
                Socket stays = stream(platform, 8_000, "Go on.", "")) {
            until(() -> total(platform, "vllm:num_requests_running") == 1);
            Socket leaves = stream(platform, 8_000, "All the words of a long story. ".repeat(2_000), "");
            double both;
            try (leaves) {
                until(() -> total(platform, "vllm:num_requests_running") == 2);
                both = total(platform, "vllm:kv_cache_usage_perc");
            }
            until(() -> total(platform, "vllm:num_requests_running") == 1);

            double one = total(platform, "vllm:kv_cache_usage_perc");
            assertTrue(one > 0 && one < both / 2, one + " of the blocks are held by one, " + both + " by both");
            assertTrue(stays.getInputStream().read() > 0);
        }
    }

    private static double completionTokens(RunningPlatform platform, String outcome) throws Exception {
        JsonNode usage = platform.get("/platform/usage?group_by=outcome").json();
        for (JsonNode group : usage.path("data")) {
            if (group.path("group").asText().equalsIgnoreCase(outcome)) {
                return group.path("completion_tokens").asDouble();
            }
        }
        return 0;
    }

    /// The sum of a metric over its labels.
    private static double total(RunningPlatform platform, String metric) throws Exception {
        return Pattern.compile("(?m)^" + Pattern.quote(metric) + "(?:\\{.*})? (\\S+)$")
                .matcher(platform.get("/metrics").text())
                .results()
                .mapToDouble(line -> Double.parseDouble(line.group(1)))
                .sum();
    }

    private static void until(Callable<Boolean> holds) throws Exception {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!holds.call()) {
            assertTrue(System.nanoTime() < deadline, "not within " + LIMIT.toSeconds() + " s");
            LockSupport.parkNanos(10_000_000);
        }
    }

    /// Asks for a stream and reads nothing of it.
    private static Socket stream(RunningPlatform platform, int tokens, String question, String more)
            throws IOException {
        String body = "{\"model\":\"" + MODEL
                + "\",\"stream\":true,\"stream_options\":{\"include_usage\":true},\"ignore_eos\":true,\"max_tokens\":"
                + tokens + more + ",\"messages\":[{\"role\":\"user\",\"content\":\"" + question + "\"}]}";
        var socket = new Socket();
        socket.setReceiveBufferSize(SMALL_BUFFER_BYTES);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), platform.port()));
        var http = new RawHttp(platform.port(), platform.key());
        socket.getOutputStream()
                .write(http.request("POST", "/v1/chat/completions", "", body).getBytes(StandardCharsets.ISO_8859_1));
        return socket;
    }

    /// @return tokens of the answer, as its last event but one tells them
    private static int readToTheEnd(Socket socket) throws IOException {
        var lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        int tokens = 0;
        for (String line = lines.readLine(); line != null && !line.equals("data: [DONE]"); line = lines.readLine()) {
            Matcher told = COMPLETION_TOKENS.matcher(line);
            tokens = told.find() ? Integer.parseInt(told.group(1)) : tokens;
        }
        return tokens;
    }
}
