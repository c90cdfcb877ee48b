package dev.pagoda.gateway.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
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
