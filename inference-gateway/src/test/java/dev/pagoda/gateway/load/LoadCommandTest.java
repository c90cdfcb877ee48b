package dev.pagoda.gateway.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

class LoadCommandTest {
    private final FakeSseServer server = new FakeSseServer();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void measuresAndPrintsAReport() {
        assertEquals(0, load("--concurrency", "4", "--requests", "20", "--api-key", "k"));
        assertTrue(out.toString().contains("20 completed, 0 aborted, 0 failed"), out.toString());
    }

    @Test
    void printsJsonThatAProgramCanRead() throws Exception {
        assertEquals(0, load("--rate", "100", "--requests", "10", "--api-key", "k", "--model", "m", "--json"));

        JsonNode report = new ObjectMapper().readTree(out.toString());
        assertEquals(10, report.at("/requests/completed").asInt());
        assertEquals(200, report.at("/usage/completion_tokens").asInt());
        assertEquals(10, report.at("/e2el_ms/count").asInt());
    }

    @Test
    void theUsageCheckPassesWhenThePlatformMeteredTheSame() {
        assertEquals(0, load("--concurrency", "4", "--requests", "20", "--api-key", "k", "--check-usage"));
        assertTrue(err.toString().contains("equal"), err.toString());
    }

    @Test
    void theUsageCheckFailsWhenThePlatformForgotARequest() {
        server.unmetered = 1;

        assertEquals(
                1, load("--concurrency", "4", "--requests", "20", "--api-key", "k", "--check-usage"), err.toString());
        assertTrue(
                err.toString().contains("the platform metered 19 requests with 57 + 380 tokens: DIFFERENT"),
                err.toString());
    }

    @Test
    void theUsageCheckForgivesRequestsThatCompletedJustAsTheClientLeft() {
        server.behaviour = FakeSseServer.Behaviour.COMPLETES_LATE;

        assertEquals(
                0, load("--concurrency", "4", "--requests", "40", "--abort", "0.5", "--api-key", "k", "--check-usage"));
        assertTrue(err.toString().contains("had just completed"), err.toString());
        assertTrue(err.toString().contains("40 requests with 120 + 800 tokens: equal"), err.toString());
    }

    @Test
    void aKeyThatIsRefusedIsOneSentenceAndExitCodeTwo() {
        assertEquals(2, load("--rate", "1", "--api-key", "wrong"));
        assertEquals(1, err.toString().lines().count(), err.toString());
        assertTrue(err.toString().contains("answered 401: that key is not known"), err.toString());
    }

    @Test
    void aTargetThatIsDownIsOneSentenceAndExitCodeTwo() {
        int port = server.port();
        server.close();

        assertEquals(2, run("--rate", "1", "--url", "http://127.0.0.1:" + port));
        assertTrue(err.toString().contains("connection refused"), err.toString());
        assertEquals(1, err.toString().lines().count(), err.toString());
    }

    @Test
    void aRunInWhichNothingCompletesFails() {
        server.behaviour = FakeSseServer.Behaviour.REFUSES;

        assertEquals(1, load("--concurrency", "1", "--requests", "2", "--api-key", "k"));
        assertTrue(out.toString().contains("HTTP 429 rate_limit_exceeded"), out.toString());
    }

    @Test
    void aRunWithoutRateAndConcurrencyIsRefused() {
        assertEquals(2, load("--api-key", "k"));
        assertTrue(err.toString().contains("--rate"), err.toString());
    }

    @Test
    void printsTheBlockAndTheNamesOfBenchServe() throws Exception {
        assertEquals(0, load("--concurrency", "4", "--requests", "20", "--api-key", "k", "--slo", "ttft=10s"));
        assertTrue(out.toString().contains("============ Serving Benchmark Result ============"), out.toString());
        assertTrue(out.toString().contains("Successful requests:                     20"), out.toString());
        assertTrue(out.toString().contains("Request goodput (req/s):"), out.toString());
        out.getBuffer().setLength(0);

        assertEquals(0, load("--concurrency", "4", "--requests", "20", "--api-key", "k", "--json"));
        JsonNode report = new ObjectMapper().readTree(out.toString());
        for (String name : new String[] {
            "duration",
            "completed",
            "total_input_tokens",
            "total_output_tokens",
            "request_throughput",
            "output_throughput",
            "total_token_throughput",
            "mean_ttft_ms",
            "median_tpot_ms",
            "std_itl_ms",
            "p99_e2el_ms",
            "max_concurrent_requests"
        }) {
            assertTrue(report.path(name).isNumber(), name);
        }
        assertEquals("m", report.path("model_id").asText());
    }

    @Test
    void writesAPictureOfTheRun(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("run.svg");

        assertEquals(0, load("--rate", "200", "--requests", "40", "--api-key", "k", "--svg", file.toString()));
        String svg = Files.readString(file);
        assertTrue(svg.startsWith("<svg ") && svg.contains("Time to first token"), svg);
        assertEquals(7, svg.split("<path ", -1).length - 1);
        assertEquals(
                2,
                load(
                        "--rate",
                        "1",
                        "--api-key",
                        "k",
                        "--svg",
                        folder.resolve("no/x.svg").toString()));
    }

    @Test
    void replaysATraceWithItsLengths(@TempDir Path folder) throws Exception {
        Path trace = Files.writeString(folder.resolve("t.csv"), """
                TIMESTAMP,ContextTokens,GeneratedTokens
                2023-11-16 18:17:03.0000000,40,5
                2023-11-16 18:17:05.0000000,60,7
                """);

        assertEquals(0, load("--trace", trace.toString(), "--speed", "20", "--api-key", "k", "--json"));
        assertEquals(
                2, new ObjectMapper().readTree(out.toString()).path("completed").asInt());
        Files.writeString(trace, "nonsense\n");
        assertEquals(2, load("--trace", trace.toString(), "--api-key", "k"));
        assertTrue(err.toString().contains(trace + " line 1:"), err.toString());
    }

    @Test
    void rampsBurstsSessionsAndLengthsRun() throws Exception {
        assertEquals(0, load("--ramp", "20-80", "--duration", "400ms", "--api-key", "k"));
        assertEquals(0, load("--rate", "100", "--burst", "0.1:0.2", "--duration", "400ms", "--api-key", "k"));
        assertEquals(
                0,
                load(
                        "--rate",
                        "50",
                        "--duration",
                        "200ms",
                        "--turns",
                        "2",
                        "--prompt-tokens",
                        "10-30",
                        "--max-tokens",
                        "lognormal:20:0.5",
                        "--shared-prefix",
                        "8",
                        "--prefixes",
                        "3",
                        "--api-key",
                        "k"));
        assertEquals(3, server.mostMessages.get());
    }

    @Test
    void findsTheHighestRateThatHolds() throws Exception {
        // a stream takes about 20 ms, so that three at once carry some 100 a second and not many more
        server.capacity = 3;

        assertEquals(
                0,
                load(
                        "--find-max",
                        "--rate",
                        "8",
                        "--duration",
                        "400ms",
                        "--slo",
                        "e2el_p99=5s",
                        "--api-key",
                        "k",
                        "--constant",
                        "--json"),
                err.toString());
        JsonNode report = new ObjectMapper().readTree(out.toString());
        double found = report.path("max_request_rate").asDouble();
        assertTrue(found >= 8, "found " + found);
        for (JsonNode trial : report.path("trials")) {
            assertTrue(!trial.path("holds").asBoolean()
                    || trial.path("request_rate").asDouble() <= found);
        }
    }

    @Test
    void whenNoRateHoldsItSaysSo() {
        assertEquals(
                1,
                load(
                        "--find-max",
                        "--rate",
                        "0.02",
                        "--duration",
                        "1s",
                        "--slo",
                        "ttft_p99=2s",
                        "--api-key",
                        "k",
                        "--timeout",
                        "1s"));
        assertTrue(err.toString().contains("holds ttft_p99=2000ms"), err.toString());
    }

    @Test
    void whatDoesNotGoTogetherIsRefused() {
        assertEquals(2, load("--find-max", "--api-key", "k"));
        assertEquals(2, load("--ramp", "1-2", "--rate", "1", "--api-key", "k"));
        assertEquals(2, load("--ramp", "fast", "--api-key", "k"));
        assertEquals(2, load("--burst", "1:1", "--api-key", "k"));
        assertEquals(2, load("--rate", "1", "--turns", "0", "--api-key", "k"));
        assertEquals(2, load("--rate", "1", "--prompt-tokens", "9-3", "--api-key", "k"));
        assertEquals(2, load("--rate", "1", "--slo", "quick", "--api-key", "k"));
        assertEquals(7, err.toString().lines().count(), err.toString());
        assertEquals(0, server.received.get());
    }

    @Test
    void valuesOutOfBoundsAreRefusedInOneSentenceEach() {
        assertEquals(2, load("--rate", "0", "--api-key", "k"));
        assertEquals(2, load("--rate", "1", "--abort", "1.5", "--api-key", "k"));
        assertEquals(2, load("--concurrency", "0", "--api-key", "k"));
        assertEquals(2, run("--rate", "1", "--url", "ftp://x", "--model", "m"));
        assertEquals(4, err.toString().lines().count(), err.toString());
        assertEquals(0, server.received.get());
    }

    @Test
    void durationsAreReadAsPeopleTypeThem() {
        var converter = new DurationOption();

        assertEquals(Duration.ofSeconds(30), converter.convert("30"));
        assertEquals(Duration.ofMillis(1_500), converter.convert("1s500ms"));
        assertEquals(Duration.ofMinutes(90), converter.convert("1h30m"));
        for (String wrong : new String[] {"", "s", "10x", "-5s", "5s x"}) {
            assertThrows(TypeConversionException.class, () -> converter.convert(wrong), wrong);
        }
    }

    private int load(String... args) {
        String[] all = Arrays.copyOf(args, args.length + 2);
        all[args.length] = "--url";
        all[args.length + 1] = "http://127.0.0.1:" + server.port() + "/v1/";
        return run(all);
    }

    private int run(String... args) {
        return new CommandLine(new LoadCommand())
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(args);
    }
}
