package dev.pagoda.gateway.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.load.ChunkReading.Usage;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LoadStatisticsTest {
    private static final long MILLI = 1_000_000;

    private final LoadStatistics statistics = new LoadStatistics();

    @Test
    void latenciesRunFromTheIntendedTimeEvenWhenTheRequestWaited() {
        var exchange = new Exchange(100 * MILLI, 0);
        exchange.content(400 * MILLI);
        statistics.firstContent(exchange);
        statistics.completed(exchange, 500 * MILLI);

        LoadReport report = statistics.report(1);

        assertEquals(300, report.firstToken().max(), 0.5);
        assertEquals(400, report.total().max(), 0.5);
    }

    @Test
    void aStallShowsInThePercentilesOfAllRequestsThatWereDueDuringIt() {
        for (int i = 0; i < 100; i++) {
            long intended = 10L * i * MILLI;
            long answered = i < 50 ? intended + MILLI : Math.max(intended + MILLI, 1_500 * MILLI);
            statistics.completed(new Exchange(intended, 0), answered);
        }

        LoadReport report = statistics.report(2);

        assertEquals(1, report.total().p50(), 0.1);
        assertEquals(900, report.total().p90(), 15);
    }

    @Test
    void gapsAreTakenBetweenContentChunksAndTimePerTokenByUsage() {
        var exchange = new Exchange(0, 0);
        assertEquals(-1, exchange.content(10 * MILLI));
        assertEquals(20 * MILLI, exchange.content(30 * MILLI));
        exchange.usage(new Usage(5, 11));
        statistics.completed(exchange, 31 * MILLI);

        assertEquals(2, statistics.report(1).perOutputToken().max(), 0.01);
    }

    @Test
    void countsEveryEndOnceAndSumsUsageOfCompletedOnly() {
        for (int i = 0; i < 6; i++) {
            statistics.started();
        }
        var told = new Exchange(0, 0);
        told.usage(new Usage(7, 3));
        var left = new Exchange(0, 1);
        left.content(5);
        left.id("chatcmpl-1");
        left.usage(new Usage(100, 100));
        statistics.completed(told, 1);
        statistics.completed(new Exchange(0, 0), 1);
        statistics.aborted(left);
        statistics.failed(new Exchange(0, 0), "HTTP 429");
        statistics.failed(new Exchange(0, 0), "HTTP 429");
        statistics.interrupted(new Exchange(0, 0));
        statistics.unsent(4);

        LoadReport report = statistics.report(2);

        assertEquals(new LoadReport.Requests(6, 2, 1, 1, 2, 1, 4), report.requests());
        assertEquals(new LoadReport.Tokens(7, 3, 1), report.tokens());
        assertEquals(2L, report.errors().get("HTTP 429"));
        assertEquals(1, report.requestsPerSecond());
        assertEquals(List.of("chatcmpl-1"), report.cutIds());
        assertTrue(left.wantsAbort());
    }

    @Test
    void kindsOfErrorsAreBounded() {
        for (int i = 0; i < 1_000; i++) {
            statistics.failed(new Exchange(0, 0), "kind " + i);
        }

        LoadReport report = statistics.report(1);

        assertEquals(LoadStatistics.MAX_ERROR_KINDS + 1, report.errors().size());
        assertEquals(
                1_000,
                report.errors().values().stream().mapToLong(Long::longValue).sum());
    }

    @Test
    void theReportNamesEveryFigureInTextAndJson() {
        statistics.started();
        statistics.completed(new Exchange(0, 0), 2 * MILLI);
        LoadReport report = statistics.report(1);

        for (String part :
                new String[] {"requests/s", "output tokens/s", "time to first token", "inter-token", "p99"}) {
            assertTrue(report.text().contains(part), part);
        }
        for (String part : new String[] {
            "ttft_ms",
            "itl_ms",
            "tpot_ms",
            "e2el_ms",
            "errors",
            "requests_per_s",
            "model_id",
            "p99_tpot_ms",
            "request_throughput"
        }) {
            assertTrue(report.json(Map.of("model_id", "m")).contains('"' + part + '"'), part);
        }
    }
}
