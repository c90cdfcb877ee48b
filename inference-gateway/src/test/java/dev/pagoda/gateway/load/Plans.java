package dev.pagoda.gateway.load;

import dev.pagoda.gateway.load.LoadPlan.Arrivals;
import java.net.URI;
import java.time.Duration;

/// Plans for tests: every value a small default, changed one at a time.
record Plans(
        URI base,
        Arrivals arrivals,
        int concurrency,
        long requests,
        Duration duration,
        int tokens,
        double abort,
        Duration timeout) {

    private static final URI NOWHERE = URI.create("http://127.0.0.1:1");

    static Plans closed(int concurrency, long requests) {
        return new Plans(
                NOWHERE,
                new Arrivals.Closed(),
                concurrency,
                requests,
                Duration.ofSeconds(30),
                8,
                0,
                Duration.ofSeconds(10));
    }

    static Plans open(double perSecond, Duration duration) {
        return new Plans(
                NOWHERE,
                new Arrivals.Open(ArrivalSchedule.Shape.CONSTANT, perSecond),
                64,
                100_000,
                duration,
                8,
                0,
                Duration.ofSeconds(10));
    }

    Plans at(int port) {
        URI there = URI.create("http://127.0.0.1:" + port);
        return new Plans(there, arrivals, concurrency, requests, duration, tokens, abort, timeout);
    }

    Plans promptTokens(int count) {
        return new Plans(base, arrivals, concurrency, requests, duration, count, abort, timeout);
    }

    Plans aborting(double fraction) {
        return new Plans(base, arrivals, concurrency, requests, duration, tokens, fraction, timeout);
    }

    Plans timeout(Duration most) {
        return new Plans(base, arrivals, concurrency, requests, duration, tokens, abort, most);
    }

    Plans concurrency(int most) {
        return new Plans(base, arrivals, most, requests, duration, tokens, abort, timeout);
    }

    LoadPlan plan() {
        return new LoadPlan(
                base, "k", "m", arrivals, concurrency, requests, duration, tokens, 32, abort, false, 1, timeout);
    }
}
