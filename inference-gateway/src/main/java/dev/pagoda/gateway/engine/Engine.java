package dev.pagoda.gateway.engine;

import dev.pagoda.gateway.engine.Admission.Why;
import dev.pagoda.gateway.model.StepShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/// An LLM engine that batches continuously, step by step, by the rules of [Scheduler].
///
/// With asynchronous scheduling the step after the one that runs is planned already, in the belief that every
/// running sequence makes its token: the devices never wait for the host, and what arrives takes part one
/// step later.
///
/// With a pipeline as many steps are under way as it has stages, one behind the other: a step enters a stage
/// when it has left the one before and the step ahead has left that stage. A sequence takes part in one of
/// them at a time, but for the chunks of a prompt. Where steps are too few or unlike, stages stand idle.
///
/// Several data-parallel ranks share one clock, as the experts of a mixture model force them to: their steps
/// begin and end together, however unlike they are. A sequence goes to the rank with the least in hand, a
/// waiting one counting four times, as vLLM's balancer has it: by counts that the ranks told at most every
/// 100 ms, and what it sent since.
///
/// Time is a parameter: [#advance] carries out all steps due until then, the next beginning where the last
/// one ended, so that a late call delays no later step. Call it before [#submit] with the same time. Not
/// thread-safe.
///
/// @param <T> what callers tie to a sequence
public final class Engine<T> {
    private static final int WAITING_WEIGHT = 4;
    /// How often vLLM's coordinator tells the balancer what its ranks have in hand.
    private static final long TOLD_EVERY_NANOS = 100_000_000L;

    private final EngineLimits limits;
    private final EngineRules rules;
    /// By stage.
    private final Function<List<StepShape>, long[]> stageNanos;

    /// When each stage is done with what was planned for it.
    private final long[] stageEnds;

    private final List<Scheduler<T>> ranks = new ArrayList<>();
    private final Flight<T>[] flights;
    private final ArrayList<StepShape> shapes = new ArrayList<>();
    private final ArrayList<Sequence<T>> fresh = new ArrayList<>();
    private final News<T> news = new News<>();
    /// By rank; empty where nobody wants to know.
    private final List<BlockSample> samples = new ArrayList<>();
    /// By rank: what it had in hand when it was last told, and what was sent there since, weighted.
    private final int[] told;

    private long toldNanos = Long.MIN_VALUE / 2;
    private int inFlight;
    private boolean isAdvancing;
    private boolean isDraining;
    private long submitted;
    private long steps;
    private long stepNanosTotal;
    private long tokensComputed;

    /// One step of every rank.
    private static final class Flight<T> {
        final List<Step<T>> steps = new ArrayList<>();
        /// Of all stages, over their number.
        long nanos;

        long endNanos;

        Flight(int ranks) {
            for (int i = 0; i < ranks; i++) {
                steps.add(new Step<>());
            }
        }
    }

    /// An engine of one rank that plans a step when the last one has ended, and shares prefixes.
    ///
    /// @param stepNanos how long a step of some shape takes; at least 1
    public Engine(EngineLimits limits, ToLongFunction<StepShape> stepNanos) {
        this(limits, EngineRules.SYNCHRONOUS, stepNanos);
    }

    /// An engine of one rank.
    ///
    /// @param stepNanos how long a step of some shape takes; at least 1
    public Engine(EngineLimits limits, EngineRules rules, ToLongFunction<StepShape> stepNanos) {
        this(limits, rules, 1, shapes -> stepNanos.applyAsLong(shapes.getFirst()));
    }

    /// An engine of data-parallel ranks.
    ///
    /// @param limits    of each rank
    /// @param stepNanos how long a step takes in which the ranks that are not idle do this; at least 1
    public Engine(EngineLimits limits, EngineRules rules, int ranks, ToLongFunction<List<StepShape>> stepNanos) {
        this(limits, rules, ranks, 1, inOneStage(stepNanos));
    }

    private static Function<List<StepShape>, long[]> inOneStage(ToLongFunction<List<StepShape>> stepNanos) {
        long[] one = new long[1];
        return shapes -> {
            one[0] = stepNanos.applyAsLong(shapes);
            return one;
        };
    }

    /// An engine of data-parallel ranks whose layers are split into stages.
    ///
    /// @param limits     of each rank
    /// @param rules      without asynchronous scheduling and drafts where there are several stages
    /// @param stageNanos how long each stage takes for a step; read before the next call
    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
    public Engine(
            EngineLimits limits,
            EngineRules rules,
            int ranks,
            int stages,
            Function<List<StepShape>, long[]> stageNanos) {
        if (stages < 1 || (stages > 1 && (rules.asyncScheduling() || rules.drafts() > 0))) {
            throw new IllegalArgumentException("stages " + stages + " is below 1, or above it with asyncScheduling "
                    + rules.asyncScheduling() + " or drafts " + rules.drafts() + ", which no pipeline has");
        }
        if (ranks < 1) {
            throw new IllegalArgumentException("ranks " + ranks + " is below 1");
        }
        this.limits = limits;
        this.rules = rules;
        this.stageNanos = stageNanos;
        this.stageEnds = new long[stages];
        for (int i = 0; i < ranks; i++) {
            this.ranks.add(new Scheduler<>(limits, rules));
        }
        this.told = new int[ranks];
        this.flights = new Flight[rules.asyncScheduling() ? 2 : stages];
        for (int i = 0; i < flights.length; i++) {
            flights[i] = new Flight<>(ranks);
        }
    }

    /// Has [EngineEvents#evicted] tell of some blocks of the KV cache, as vLLM's `kv_cache_metrics` does; of none
    /// where no prefixes are kept, since nothing is evicted there.
    ///
    /// @param share of the blocks (`kv_cache_metrics_sample`), above 0, at most 1
    public void sampleBlocks(double share, long seed) {
        samples.clear();
        for (int i = 0; i < ranks.size(); i++) {
            var sample = new BlockSample(limits.kvBlocks(), share, seed + i);
            if (rules.prefixCaching()) {
                ranks.get(i).blocks().watch(sample);
                samples.add(sample);
            }
        }
    }

    /// Queues a sequence that arrives now and is like no other.
    ///
    /// @param promptTokens at least 1
    /// @param outputTokens at least 1; exactly so many are made unless it is cancelled
    public Admission<T> submit(T owner, int promptTokens, int outputTokens, long nowNanos) {
        return submit(Submission.of(owner, Prompt.of(promptTokens), outputTokens), nowNanos);
    }

    /// Queues a sequence that arrives now.
    public Admission<T> submit(Submission<T> submission, long nowNanos) {
        if (isDraining) {
            return new Admission.Refused<>(Why.DRAINING);
        }
        long tokens = (long) submission.prompt().tokens() + submission.outputTokens();
        if (tokens > limits.contextTokens()) {
            return new Admission.Refused<>(Why.CONTEXT_EXCEEDED);
        }
        if (Sequence.blocksFor((int) tokens) > limits.kvBlocks()) {
            return new Admission.Refused<>(Why.KV_EXCEEDED);
        }
        if (waiting() >= limits.maxWaiting()) {
            return new Admission.Refused<>(Why.QUEUE_FULL);
        }
        var sequence = new Sequence<>(submission, submitted++, nowNanos);
        if (inFlight == 0) {
            tell(nowNanos);
        }
        sequence.rank = leastLoaded();
        told[sequence.rank] += WAITING_WEIGHT;
        ranks.get(sequence.rank).submit(sequence);
        return new Admission.Admitted<>(sequence);
    }

    private int leastLoaded() {
        int best = 0;
        for (int i = 1; i < told.length; i++) {
            if (told[i] < told[best]) {
                best = i;
            }
        }
        return best;
    }

    private void tell(long nowNanos) {
        if (nowNanos - toldNanos < TOLD_EVERY_NANOS) {
            return;
        }
        toldNanos = nowNanos;
        for (int i = 0; i < told.length; i++) {
            told[i] = WAITING_WEIGHT * ranks.get(i).waiting() + ranks.get(i).running();
        }
    }

    /// Ends a sequence at once and frees its place and its blocks; does nothing when it has ended.
    public void cancel(Sequence<T> sequence) {
        if (!sequence.hasEnded()) {
            ranks.get(sequence.rank).cancel(sequence);
        }
    }

    /// Takes nothing new from now on.
    public void drain() {
        isDraining = true;
    }

    /// Ends everything at once.
    ///
    /// @return what had not finished, in the order it was or would have been taken up
    public List<Sequence<T>> abandon() {
        isDraining = true;
        var left = new ArrayList<Sequence<T>>();
        ranks.forEach(rank -> left.addAll(rank.abandon()));
        inFlight = 0;
        Arrays.fill(stageEnds, 0);
        return left;
    }

    /// Carries out every step that ends by now, and begins the next.
    public void advance(long nowNanos, EngineEvents<T> events) {
        if (isAdvancing) {
            return;
        }
        isAdvancing = true;
        try {
            plan(nowNanos, events);
            while (inFlight > 0 && flights[0].endNanos <= nowNanos) {
                long atNanos = flights[0].endNanos;
                complete(events);
                plan(atNanos, events);
            }
        } finally {
            isAdvancing = false;
        }
    }

    /// When the step that runs ends; empty when there is nothing to do.
    public OptionalLong dueNanos() {
        return inFlight > 0 ? OptionalLong.of(flights[0].endNanos) : OptionalLong.empty();
    }

    /// Sequences in the batch.
    public int running() {
        int sum = 0;
        for (int i = 0; i < ranks.size(); i++) {
            sum += ranks.get(i).running();
        }
        return sum;
    }

    /// Sequences in the queue.
    public int waiting() {
        int sum = 0;
        for (int i = 0; i < ranks.size(); i++) {
            sum += ranks.get(i).waiting();
        }
        return sum;
    }

    public boolean isIdle() {
        return running() == 0 && waiting() == 0;
    }

    public boolean isDraining() {
        return isDraining;
    }

    /// Blocks that no sequence holds, over all ranks.
    public int freeBlocks() {
        int sum = 0;
        for (int i = 0; i < ranks.size(); i++) {
            sum += ranks.get(i).blocks().freeCount();
        }
        return sum;
    }

    /// Held share of the KV blocks, 0 to 1.
    public double kvUsage() {
        return 1 - (double) freeBlocks() / ((double) limits.kvBlocks() * ranks.size());
    }

    public long preemptions() {
        return ranks.stream().mapToLong(Scheduler::preemptions).sum();
    }

    /// Tokens of which the prefix cache was asked.
    public long prefixQueries() {
        return ranks.stream().mapToLong(Scheduler::prefixQueries).sum();
    }

    /// Tokens that it had.
    public long prefixHits() {
        return ranks.stream().mapToLong(Scheduler::prefixHits).sum();
    }

    /// What speculative decoding has brought, over all ranks.
    public DraftCounts drafts() {
        long drafts = 0;
        long tokens = 0;
        long[] byPosition = new long[rules.drafts()];
        for (Scheduler<T> rank : ranks) {
            drafts += rank.drafts();
            tokens += rank.draftTokens();
            for (int i = 0; i < byPosition.length; i++) {
                byPosition[i] += rank.acceptedAt(i);
            }
        }
        return DraftCounts.of(drafts, tokens, byPosition);
    }

    /// Leading tokens of a prompt that the cache has now.
    public int cachedTokens(Prompt prompt) {
        int most = 0;
        for (Scheduler<T> rank : ranks) {
            most = Math.max(most, rank.cachedTokens(prompt));
        }
        return most;
    }

    /// Steps begun.
    public long steps() {
        return steps;
    }

    /// Time of all steps that have ended.
    public long busyNanos() {
        return stepNanosTotal;
    }

    /// Tokens computed by all steps that have ended, over all ranks.
    public long tokensComputed() {
        return tokensComputed;
    }

    public EngineLimits limits() {
        return limits;
    }

    /// Checks that blocks are conserved.
    ///
    /// @throws IllegalStateException if not
    void checkBlocks() {
        ranks.forEach(Scheduler::checkBlocks);
    }

    private void plan(long atNanos, EngineEvents<T> events) {
        for (int i = 0; i < samples.size(); i++) {
            samples.get(i).at(atNanos);
        }
        planAhead(atNanos, events);
        for (int i = 0; i < samples.size(); i++) {
            samples.get(i).tell(events, atNanos);
        }
    }

    private void planAhead(long atNanos, EngineEvents<T> events) {
        while (inFlight < flights.length) {
            Flight<T> flight = flights[inFlight];
            fresh.clear();
            shapes.clear();
            for (int i = 0; i < ranks.size(); i++) {
                Step<T> step = flight.steps.get(i);
                ranks.get(i).plan(step, fresh);
                if (!step.isEmpty()) {
                    shapes.add(step.shape());
                }
            }
            if (shapes.isEmpty()) {
                return;
            }
            steps++;
            time(flight, atNanos);
            inFlight++;
            for (int i = 0; i < fresh.size(); i++) {
                if (!fresh.get(i).hasEnded()) {
                    events.scheduled(fresh.get(i), atNanos);
                }
            }
        }
    }

    /// Lets a step pass through the stages behind those before it.
    private void time(Flight<T> flight, long atNanos) {
        long[] nanos = stageNanos.apply(shapes);
        long at = atNanos;
        long sum = 0;
        for (int i = 0; i < stageEnds.length; i++) {
            long own = Math.max(1, nanos[i]);
            at = Math.max(at, stageEnds[i]) + own;
            stageEnds[i] = at;
            sum += own;
        }
        flight.endNanos = at;
        flight.nanos = sum / stageEnds.length;
    }

    private void complete(EngineEvents<T> events) {
        Flight<T> flight = flights[0];
        long atNanos = flight.endNanos;
        inFlight--;
        System.arraycopy(flights, 1, flights, 0, flights.length - 1);
        flights[flights.length - 1] = flight;
        stepNanosTotal += flight.nanos;
        news.clear();
        int tokens = 0;
        for (int i = 0; i < ranks.size(); i++) {
            Step<T> step = flight.steps.get(i);
            for (int j = 0; j < step.size(); j++) {
                tokens += step.tokens(j);
            }
            ranks.get(i).complete(step, news);
        }
        tokensComputed += tokens;
        tell(atNanos);
        events.stepped(tokens, atNanos);
        news.tell(events, atNanos);
    }
}
