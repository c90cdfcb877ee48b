package dev.pagoda.gateway.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.load.FakeSseServer.Behaviour;
import dev.pagoda.gateway.report.Objective;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoadRunTest {
    private static final Duration PATIENT = Duration.ofSeconds(60);

    private final FakeSseServer server = new FakeSseServer();
    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
        server.close();
    }

    @Test
    void aClosedLoopSendsExactlyItsRequestsWithNoMoreClientsThanAsked() {
        LoadReport report = run(Plans.closed(8, 100));

        assertEquals(new LoadReport.Requests(100, 100, 0, 0, 0, 0, 0), report.requests());
        assertEquals(new LoadReport.Tokens(300, 2_000, 2_000), report.tokens());
        assertEquals(100, server.received.get());
        assertTrue(server.mostOpen.get() <= 8, "open at once: " + server.mostOpen);
        assertEquals(100, report.firstToken().count());
        assertEquals(100 * 19, report.interToken().count());
        assertTrue(
                report.total().p50() >= 20,
                "20 chunks of 1 ms took " + report.total().p50() + " ms");
    }

    @Test
    void anOpenLoopSendsEveryRequestOfItsSchedule() {
        LoadReport report = run(Plans.open(200, Duration.ofMillis(492)));

        assertEquals(99, report.requests().started() + report.requests().unsent());
        assertEquals(report.requests().started(), report.requests().completed());
    }

    @Test
    void requestsThatWaitForAClientCountFromTheirIntendedTime() {
        LoadReport report = run(Plans.open(100, Duration.ofMillis(402)).concurrency(1));

        assertEquals(41, report.requests().started() + report.requests().unsent());
        assertTrue(report.requests().unsent() > 0, report.requests().toString());
        assertTrue(
                report.total().max() > 150,
                "a client that is 2 times too slow must show waits of up to half the run: " + report.total());
    }

    @Test
    void theAbortingShareLeavesInMidStreamAndTheTargetSeesIt() {
        LoadReport report = run(Plans.closed(8, 200).aborting(0.25));

        LoadReport.Requests requests = report.requests();
        assertEquals(200, requests.completed() + requests.aborted());
        assertTrue(requests.aborted() > 25 && requests.aborted() < 75, "aborted " + requests.aborted());
        assertEquals(
                requests.completed() * FakeSseServer.CHUNKS, report.tokens().completion());
        // on a busy machine a stream may end just as its client leaves
        awaitTrue(() -> server.left.get() + server.metered.get() == 200);
        assertTrue(server.left.get() > 0 && server.left.get() <= requests.aborted(), "left " + server.left);
    }

    @Test
    void aSessionTellsAllItsTurnsAndEndsWithTheLast() {
        var content = new Content(new Lengths.Fixed(8), new Lengths.Fixed(32), 0, 1, 3, Duration.ofMillis(1));
        LoadReport open = run(Plans.open(10, Duration.ofSeconds(2)).with(content));

        assertTrue(open.requests().completed() > 21, open.requests().toString());
        assertEquals(open.requests().started(), open.requests().completed());
        assertEquals(5, server.mostMessages.get());

        LoadReport closed = run(Plans.closed(4, 24).with(content));

        assertEquals(24, closed.requests().completed());
    }

    @Test
    void aClosedLoopOfSessionsEndsWithItsDurationToo() {
        var content = new Content(new Lengths.Fixed(8), new Lengths.Fixed(32), 0, 1, 1_000, Duration.ofMillis(1));
        var plans = new Plans(
                Plans.closed(1, 1).base(),
                new Arrivals.Closed(),
                2,
                100_000,
                Duration.ofMillis(300),
                0,
                Duration.ofSeconds(10),
                content);
        LoadReport report = run(plans);

        assertTrue(report.requests().completed() > 0, report.requests().toString());
        assertEquals(report.requests().started(), report.requests().completed());
    }

    @Test
    void requestsOutsideTheBoundsAreNotGood() {
        var plan = Plans.closed(4, 40).at(server.port()).plan();
        for (String slo : new String[] {"ttft=10s,e2el=10s", "e2el=1ms"}) {
            LoadReport report = new LoadRun(vertx, plan, Optional.of(Objective.parse(slo)))
                    .start()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .orTimeout(60, TimeUnit.SECONDS)
                    .join();

            assertEquals(slo.startsWith("ttft") ? 40 : 0, report.objectives().good());
        }
    }

    @Test
    void failuresAreToldByKind() {
        assertEquals(Map.of("HTTP 429 rate_limit_exceeded", 5L), failures(Behaviour.REFUSES, PATIENT));
        assertEquals(Map.of("connection lost", 5L), failures(Behaviour.CUTS, PATIENT));
        assertEquals(Map.of("malformed event", 5L), failures(Behaviour.BREAKS, PATIENT));
        assertEquals(Map.of("error in stream: overloaded", 5L), failures(Behaviour.ERRS, PATIENT));
        assertEquals(Map.of("timeout", 5L), failures(Behaviour.STALLS, Duration.ofMillis(200)));
    }

    @Test
    void aRefusedConnectionIsToldAsSuch() {
        int port = server.port();
        server.close();

        assertEquals(
                Map.of("connection refused", 3L), run(Plans.closed(1, 3), port).errors());
    }

    @Test
    void stoppingCutsWhatIsInFlightAndStillReports() {
        server.behaviour = Behaviour.STALLS;
        var run = new LoadRun(vertx, Plans.closed(4, 1_000).at(server.port()).plan());
        var finished = run.start().toCompletionStage().toCompletableFuture();
        awaitTrue(() -> server.open.get() == 4);

        run.stop();
        LoadReport report = finished.orTimeout(60, TimeUnit.SECONDS).join();

        assertEquals(new LoadReport.Requests(4, 0, 0, 4, 0, 0, 0), report.requests());
        awaitTrue(() -> server.left.get() == 4);
    }

    private Map<String, Long> failures(Behaviour behaviour, Duration timeout) {
        server.behaviour = behaviour;
        return run(Plans.closed(2, 5).timeout(timeout)).errors();
    }

    private LoadReport run(Plans plans) {
        return run(plans, server.port());
    }

    private LoadReport run(Plans plans, int port) {
        return new LoadRun(vertx, plans.at(port).plan())
                .start()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }

    private static void awaitTrue(BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "the condition did not come true within 60 s");
            Thread.onSpinWait();
        }
    }
}
