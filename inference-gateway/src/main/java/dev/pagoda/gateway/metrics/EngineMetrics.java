package dev.pagoda.gateway.metrics;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/// What one engine of a served model counts. Outlives the engine: its successor in the same place counts on.
///
/// Safe from any thread.
public final class EngineMetrics {
    /// How a sequence ended, by vLLM's names.
    public enum Finish {
        STOP,
        LENGTH,
        ABORT,
        ERROR,
        REPETITION
    }

    private final String labels;
    final AtomicBoolean isClaimed = new AtomicBoolean();
    final LongAdder promptTokens = new LongAdder();
    final LongAdder generationTokens = new LongAdder();
    final LongAdder preemptions = new LongAdder();
    private final Map<Finish, LongAdder> finished = new EnumMap<>(Finish.class);
    final Buckets timeToFirstToken = new Buckets(Buckets.TIME_TO_FIRST_TOKEN);
    final Buckets interToken = new Buckets(Buckets.INTER_TOKEN);
    final Buckets endToEnd = new Buckets(Buckets.LATENCY);
    final Buckets queueTime = new Buckets(Buckets.LATENCY);

    /// Written by the engine's owner, read by the page.
    volatile int running;

    volatile int waiting;
    volatile double kvUsage;
    private final AtomicInteger queued = new AtomicInteger();

    EngineMetrics(String model, int engine) {
        this.labels = "model_name=\"" + escape(model) + "\",engine=\"" + engine + '"';
        for (Finish finish : Finish.values()) {
            finished.put(finish, new LongAdder());
        }
    }

    /// The state of the engine now.
    public void state(int sequencesRunning, int sequencesWaiting, double kvShare) {
        running = sequencesRunning;
        waiting = sequencesWaiting;
        kvUsage = kvShare;
    }

    /// So many more or fewer requests wait for any engine of the model; told to its first one.
    public void queuedForAny(int change) {
        queued.addAndGet(change);
    }

    int allWaiting() {
        return waiting + queued.get();
    }

    public void prompted(int tokens) {
        promptTokens.add(tokens);
    }

    public void generated(int tokens) {
        generationTokens.add(tokens);
    }

    public void preempted(long times) {
        preemptions.add(times);
    }

    public void finished(Finish finish) {
        ended(finish).increment();
    }

    public void firstToken(long nanos) {
        timeToFirstToken.observe(nanos / 1e9);
    }

    public void nextToken(long nanos) {
        interToken.observe(nanos / 1e9);
    }

    public void ended(long nanos) {
        endToEnd.observe(nanos / 1e9);
    }

    public void queued(long nanos) {
        queueTime.observe(nanos / 1e9);
    }

    /// Tokens delivered so far.
    public long generationTokens() {
        return generationTokens.sum();
    }

    long ends(Finish finish) {
        return ended(finish).sum();
    }

    private LongAdder ended(Finish finish) {
        return Objects.requireNonNull(finished.get(finish));
    }

    String labels() {
        return labels;
    }

    private static String escape(String value) {
        return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }
}
