package dev.pagoda.gateway.load;

import java.util.Locale;

/// How far a run is, for the live line.
///
/// @param firstTokenP50Millis median time to first token so far
/// @param firstTokenP99Millis 99th percentile of it
/// @param perTokenP99Millis   of the time per output token of completed requests
/// @param totalP99Millis      99th percentile of the total latency so far
record LoadProgress(
        double elapsedSeconds,
        long started,
        long completed,
        long aborted,
        long failed,
        int inFlight,
        int waiting,
        long chunks,
        double firstTokenP50Millis,
        double firstTokenP99Millis,
        double perTokenP99Millis,
        double totalP99Millis) {

    static final LoadProgress NONE = new LoadProgress(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    long ended() {
        return completed + aborted + failed;
    }

    /// One line of at most about a hundred columns.
    String line() {
        return String.format(
                Locale.ROOT,
                "%d in flight%s, %.0f req/s, %.0f chunks/s, ttft p50 %.1f p99 %.1f, tpot p99 %.1f, total p99 %.0f ms%s",
                inFlight,
                waiting > 0 ? ", " + waiting + " waiting" : "",
                rate(completed),
                rate(chunks),
                firstTokenP50Millis,
                firstTokenP99Millis,
                perTokenP99Millis,
                totalP99Millis,
                failed > 0 ? ", " + failed + " failed" : "");
    }

    private double rate(long count) {
        return elapsedSeconds > 0 ? count / elapsedSeconds : 0;
    }
}
