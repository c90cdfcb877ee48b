package dev.pagoda.gateway.metrics;

import dev.pagoda.gateway.engine.BlockStay;
import dev.pagoda.gateway.engine.DraftCounts;
import dev.pagoda.gateway.model.KvCapacity;
import dev.pagoda.gateway.model.StepWork;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.DoubleAdder;
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

    /// Keys, and values.
    private static final int SIDES = 2;

    private final String labels;
    final AtomicBoolean isClaimed = new AtomicBoolean();
    final LongAdder promptTokens = new LongAdder();
    final LongAdder generationTokens = new LongAdder();
    final LongAdder preemptions = new LongAdder();
    private final Map<Finish, LongAdder> finished = new EnumMap<>(Finish.class);
    final Buckets timeToFirstToken = new Buckets(Buckets.TIME_TO_FIRST_TOKEN);
    final Buckets interToken = new Buckets(Buckets.INTER_TOKEN);
    final Buckets interTokenOld = new Buckets(interToken);
    final Buckets endToEnd = new Buckets(Buckets.LATENCY);
    final Buckets queueTime = new Buckets(Buckets.LATENCY);
    final Buckets prefillTime = new Buckets(Buckets.LATENCY);
    final Buckets decodeTime = new Buckets(Buckets.LATENCY);
    final Buckets inferenceTime = new Buckets(Buckets.LATENCY);
    final Buckets perOutputToken = new Buckets(Buckets.INTER_TOKEN);
    final Buckets perPrefillTokenOld = new Buckets(Buckets.PER_PREFILL_TOKEN);
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
    final LongAdder mediaQueries = new LongAdder();
    final LongAdder mediaHits = new LongAdder();
    final Buckets transferTime = new Buckets(Buckets.TRANSFER);
    final Buckets transferPostTime = new Buckets(Buckets.TRANSFER_POST);
    final Buckets transferBytes = new Buckets(Buckets.TRANSFER_BYTES);
    final Buckets transferDescriptors = new Buckets(Buckets.TRANSFER_DESCRIPTORS);
    final LongAdder transferFailures = new LongAdder();
    final LongAdder externalQueries = new LongAdder();
    final LongAdder externalHits = new LongAdder();
    final LongAdder recomputed = new LongAdder();
    /// Whether keys and values come to it from other engines.
    volatile boolean isReceiver;

    final LongAdder rejections = new LongAdder();
    volatile EngineFacts facts;
    /// 0 while awake, else vLLM's level.
    volatile int sleepLevel;
    /// Empty without speculative decoding.
    volatile DraftCounts drafts = DraftCounts.none(0);
    /// Empty without adapters.
    volatile Optional<AdapterLoad> adapters = Optional.empty();

    /// Empty where nobody wants to know of blocks.
    volatile Optional<BlockFigures> blocks = Optional.empty();
    /// Empty where nobody wants to know of work.
    volatile Optional<WorkFigures> work = Optional.empty();

    /// Written by the engine's owner, read by the page.
    volatile int running;

    volatile int waiting;
    volatile double kvUsage;
    private final AtomicInteger queued = new AtomicInteger();

    /// Of sampled blocks of the KV cache.
    record BlockFigures(Buckets lifetime, Buckets idle, Buckets reuseGap) {
        BlockFigures() {
            this(new Buckets(Buckets.RESIDENCE), new Buckets(Buckets.RESIDENCE), new Buckets(Buckets.RESIDENCE));
        }
    }

    /// Of each device, on average.
    record WorkFigures(DoubleAdder flops, DoubleAdder readBytes, DoubleAdder writeBytes) {
        WorkFigures() {
            this(new DoubleAdder(), new DoubleAdder(), new DoubleAdder());
        }
    }

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

    /// Keys and values have come from another engine.
    ///
    /// @param tokens    that were not here
    /// @param postNanos until the transfer was under way
    public void received(int promptTokens, int tokens, long nanos, long postNanos, double bytes) {
        isReceiver = true;
        transferTime.observe(nanos / 1e9);
        transferPostTime.observe(postNanos / 1e9);
        transferBytes.observe(bytes);
        transferDescriptors.observe(SIDES * Math.ceilDiv(tokens, KvCapacity.BLOCK_TOKENS));
        externalQueries.add(promptTokens);
        externalHits.add(tokens);
        // the last token of a prompt that is there as a whole, without which there is no next one
        recomputed.increment();
    }

    /// Keys and values were lost on their way.
    public void notReceived() {
        isReceiver = true;
        transferFailures.increment();
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
        perPrefillTokenOld.observe(request.prefillSeconds() / request.promptTokens());
        cachedTokens.add(request.cachedTokens());
    }

    /// Pictures, sounds and files of a prompt, and those of them that were known.
    public void media(int asked, int known) {
        mediaQueries.add(asked);
        mediaHits.add(known);
    }

    /// A request was refused because too many wait; told to the first engine of a model.
    public void rejected() {
        rejections.increment();
    }

    public void asleep(int level) {
        sleepLevel = level;
    }

    /// What speculative decoding has brought in this place.
    public void drafted(DraftCounts counts) {
        drafts = counts;
    }

    public DraftCounts drafted() {
        return drafts;
    }

    public void adapters(AdapterLoad load) {
        adapters = Optional.of(load);
    }

    /// A step has ended.
    public void stepped(int tokens) {
        stepTokens.observe(tokens);
    }

    /// Tells of blocks of the KV cache from now on, as vLLM does with `kv_cache_metrics`.
    public void tellBlocks() {
        if (blocks.isEmpty()) {
            blocks = Optional.of(new BlockFigures());
        }
    }

    /// A sampled block was taken for other content; to be said after [#tellBlocks].
    public void evicted(BlockStay stay) {
        BlockFigures figures = blocks.orElseThrow();
        figures.lifetime().observe(stay.lifetimeNanos() / 1e9);
        figures.idle().observe(stay.idleNanos() / 1e9);
        for (long gap : stay.gapsNanos()) {
            figures.reuseGap().observe(gap / 1e9);
        }
    }

    /// Tells of operations and of traffic from now on, as vLLM does with `enable_mfu_metrics`.
    public void tellWork() {
        if (work.isEmpty()) {
            work = Optional.of(new WorkFigures());
        }
    }

    /// A step asks this of each device; to be said after [#tellWork].
    public void worked(StepWork.Work step) {
        WorkFigures figures = work.orElseThrow();
        figures.flops().add(step.flops());
        figures.readBytes().add(step.readBytes());
        figures.writeBytes().add(step.writeBytes());
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

    static String escape(String value) {
        return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }
}
