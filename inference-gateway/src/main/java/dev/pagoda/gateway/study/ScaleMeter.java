package dev.pagoda.gateway.study;

import dev.pagoda.gateway.scale.Reading;
import java.util.List;

/// Gathers what an autoscaler is told between two readings. Not thread-safe.
final class ScaleMeter {
    private long readNanos;
    private long passedNanos;
    private double area;
    private int inFlight;
    private int arrivals;
    private long promptTokens;
    private int finished;
    private long outputTokens;
    private int firsts;
    private double firstMillis;
    private int nexts;
    private double nextMillis;

    void arrived(TimedRequest request, long nowNanos) {
        change(1, nowNanos);
        arrivals++;
        promptTokens += request.prompt().tokens();
    }

    void firstToken(long waitedNanos) {
        firsts++;
        firstMillis += waitedNanos / 1e6;
    }

    void nextToken(long gapNanos) {
        nexts++;
        nextMillis += gapNanos / 1e6;
    }

    void finished(int tokens, long nowNanos) {
        change(-1, nowNanos);
        finished++;
        outputTokens += tokens;
    }

    /// A request went without being served.
    void left(long nowNanos) {
        change(-1, nowNanos);
    }

    /// Engines tell of what happened one after another, so that a time can lie a little before the last.
    private void change(int by, long nowNanos) {
        if (nowNanos > passedNanos) {
            area += (double) inFlight * (nowNanos - passedNanos);
            passedNanos = nowNanos;
        } else {
            area += (double) by * (passedNanos - nowNanos);
        }
        inFlight += by;
    }

    Reading read(long nowNanos, int starting, int held, List<Reading.Load> ready) {
        change(0, nowNanos);
        double nanos = Math.max(1, nowNanos - readNanos);
        var reading = new Reading(
                nowNanos,
                nanos / 1e9,
                starting,
                held,
                Math.max(0, area / nanos),
                arrivals,
                promptTokens,
                finished,
                outputTokens,
                firsts == 0 ? Double.NaN : firstMillis / firsts,
                nexts == 0 ? Double.NaN : nextMillis / nexts,
                ready);
        readNanos = nowNanos;
        area = 0;
        arrivals = 0;
        promptTokens = 0;
        finished = 0;
        outputTokens = 0;
        firsts = 0;
        firstMillis = 0;
        nexts = 0;
        nextMillis = 0;
        return reading;
    }
}
