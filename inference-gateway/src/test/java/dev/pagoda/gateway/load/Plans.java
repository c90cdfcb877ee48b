package dev.pagoda.gateway.load;

import java.net.URI;
import java.time.Duration;

/// Plans for tests: every value a small default, changed one at a time.
record Plans(
        URI base,
        Arrivals arrivals,
        int concurrency,
        long requests,
        Duration duration,
        double abort,
        Duration timeout,
        Content content) {

    private static final URI NOWHERE = URI.create("http://127.0.0.1:1");

    static Plans closed(int concurrency, long requests) {
        return new Plans(
                NOWHERE,
                new Arrivals.Closed(),
                concurrency,
                requests,
                Duration.ofSeconds(30),
                0,
                Duration.ofSeconds(10),
                Content.of(8, 32));
    }

    static Plans open(double perSecond, Duration duration) {
        return new Plans(
                NOWHERE,
                new Arrivals.Open(ArrivalSchedule.Shape.CONSTANT, perSecond),
                64,
                100_000,
                duration,
                0,
                Duration.ofSeconds(10),
                Content.of(8, 32));
    }

    Plans at(int port) {
        URI there = URI.create("http://127.0.0.1:" + port);
        return new Plans(there, arrivals, concurrency, requests, duration, abort, timeout, content);
    }

    Plans promptTokens(int count) {
        return new Plans(base, arrivals, concurrency, requests, duration, abort, timeout, Content.of(count, 32));
    }

    Plans aborting(double fraction) {
        return new Plans(base, arrivals, concurrency, requests, duration, fraction, timeout, content);
    }

    Plans timeout(Duration most) {
        return new Plans(base, arrivals, concurrency, requests, duration, abort, most, content);
    }

    Plans concurrency(int most) {
        return new Plans(base, arrivals, most, requests, duration, abort, timeout, content);
    }

    Plans with(Content other) {
        return new Plans(base, arrivals, concurrency, requests, duration, abort, timeout, other);
    }

    Plans arriving(Arrivals other) {
        return new Plans(base, other, concurrency, requests, duration, abort, timeout, content);
    }

    LoadPlan plan() {
        return new LoadPlan(
                base, "k", "m", arrivals, concurrency, requests, duration, content, abort, false, 1, timeout);
    }
}
