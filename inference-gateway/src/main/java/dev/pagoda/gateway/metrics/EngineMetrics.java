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
    final Buckets prefillTime = new Buckets(Buckets.LATENCY);
    final Buckets decodeTime = new Buckets(Buckets.LATENCY);
    final Buckets inferenceTime = new Buckets(Buckets.LATENCY);
    final Buckets perOutputToken = new Buckets(Buckets.INTER_TOKEN);
    final Buckets stepTokens = new Buckets(Buckets.STEP_TOKENS);
    final Buckets choices = new Buckets(Buckets.CHOICES);
    final Buckets preemptionsEach = new Buckets(Buckets.PREEMPTIONS);
    final Buckets promptTokensEach;
    final Buckets computedTokensEach;
    final Buckets outputTokensEach;
    final Buckets maxTokensEach;
    final Buckets mostOutputEach;
    final LongAdder cachedTokens = new LongAdder();
    final LongAdder prefixQueries = new LongAdder();
    final LongAdder prefixHits = new LongAdder();
    final EngineFacts facts;

    /// Written by the engine's owner, read by the page.
    volatile int running;

    volatile int waiting;
    volatile double kvUsage;
    private final AtomicInteger queued = new AtomicInteger();

    EngineMetrics(String model, int engine, EngineFacts facts) {
        this.facts = facts;
        double[] tokens = Buckets.tokens(facts.contextTokens());
        this.promptTokensEach = new Buckets(tokens);
        this.computedTokensEach = new Buckets(tokens);
        this.outputTokensEach = new Buckets(tokens);
        this.maxTokensEach = new Buckets(tokens);
        this.mostOutputEach = new Buckets(tokens);
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

    /// What only a request that was served to its end tells.
    public void served(FinishedRequest request) {
        promptTokensEach.observe(request.promptTokens());
        computedTokensEach.observe(request.promptTokens() - request.cachedTokens());
        outputTokensEach.observe(request.outputTokens());
        mostOutputEach.observe(request.outputTokens());
        maxTokensEach.observe(request.maxTokens());
        choices.observe(request.choices());
        preemptionsEach.observe(request.preemptions());
        prefillTime.observe(request.prefillSeconds());
        decodeTime.observe(request.decodeSeconds());
        inferenceTime.observe(request.prefillSeconds() + request.decodeSeconds());
        if (request.outputTokens() > 1) {
            perOutputToken.observe(request.decodeSeconds() / (request.outputTokens() - 1));
        }
        cachedTokens.add(request.cachedTokens());
    }

    /// A step has ended.
    public void stepped(int tokens) {
        stepTokens.observe(tokens);
    }

    /// The prefix cache was asked for so many more tokens, and had so many of them.
    public void prefixes(long queries, long hits) {
        prefixQueries.add(queries);
        prefixHits.add(hits);
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
