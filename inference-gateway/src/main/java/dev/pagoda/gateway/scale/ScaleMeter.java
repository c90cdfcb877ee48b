package dev.pagoda.gateway.scale;

import java.util.List;

/// Gathers what an autoscaler is told between two readings. Time is a parameter, from the beginning of the deployment.
/// Not thread-safe.
public final class ScaleMeter {
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

    /// A request with a prompt of so many tokens came.
    public void arrived(int tokens, long nowNanos) {
        change(1, nowNanos);
        arrivals++;
        promptTokens += tokens;
    }

    /// A first token came so long after its request.
    public void firstToken(long waitedNanos) {
        firsts++;
        firstMillis += waitedNanos / 1e6;
    }

    /// Another token came so long after the one before.
    public void nextToken(long gapNanos) {
        nexts++;
        nextMillis += gapNanos / 1e6;
    }

    /// A request was served with so many tokens.
    public void finished(int tokens, long nowNanos) {
        change(-1, nowNanos);
        finished++;
        outputTokens += tokens;
    }

    /// A request went without being served.
    public void left(long nowNanos) {
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

    /// What happened since the last reading.
    ///
    /// @param starting replicas that are not ready yet
    /// @param held     requests that wait for the first replica
    public Reading read(long nowNanos, int starting, int held, List<Reading.Load> ready) {
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
