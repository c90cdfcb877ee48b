package dev.pagoda.gateway.study;

import dev.pagoda.gateway.engine.BlockStay;
import dev.pagoda.gateway.engine.DraftCounts;
import dev.pagoda.gateway.metrics.EngineFacts;
import dev.pagoda.gateway.metrics.EngineMetrics;
import dev.pagoda.gateway.metrics.EngineMetrics.Finish;
import dev.pagoda.gateway.metrics.FinishedRequest;
import dev.pagoda.gateway.metrics.MetricsHistory;
import dev.pagoda.gateway.metrics.VllmMetrics;
import dev.pagoda.gateway.model.KvCapacity;
import dev.pagoda.gateway.model.StepWork;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Keeps what a Prometheus would scrape from the engines of a study, by the names that live engines have. An engine
/// that is gone leaves its place to the next one, as live. Not thread-safe.
public final class MetricsRecorder implements ServingWatch {
    private final String model;
    private final EngineFacts facts;
    private final long intervalNanos;
    private final Extras extras;
    private final VllmMetrics metrics = new VllmMetrics();
    private final MetricsHistory history;
    private final Map<Integer, EngineMetrics> engines = new HashMap<>();
    private final Map<Integer, State> seen = new HashMap<>();
    /// What its place had counted before an engine took it.
    private final Map<Integer, DraftCounts> draftsBefore = new HashMap<>();
    private int held;
    private long tickedNanos;

    /// What vLLM tells when asked alone.
    ///
    /// @param blockSample share of the KV blocks (`kv_cache_metrics_sample`); 0 without `kv_cache_metrics`
    /// @param work        operations and memory traffic (`enable_mfu_metrics`)
    public record Extras(double blockSample, boolean work) {
        public static final Extras NONE = new Extras(0, false);

        public Extras {
            if (!(blockSample >= 0 && blockSample <= 1)) {
                throw new IllegalArgumentException(
                        "a sample of " + blockSample + " of the blocks is not within 0 to 1");
            }
        }
    }

    /// @param model         the label `model_name`
    /// @param beginMillis   since 1970, of the study's time 0
    /// @param intervalNanos between two scrapes, a whole number of ticks
    public MetricsRecorder(String model, ServingPlan plan, long beginMillis, long intervalNanos, Extras extras) {
        if (intervalNanos < plan.tickNanos() || intervalNanos % plan.tickNanos() != 0) {
            throw new IllegalArgumentException("an interval of " + intervalNanos
                    + " ns is no multiple of the study's ticks of " + plan.tickNanos());
        }
        this.model = model;
        this.extras = extras;
        this.facts = new EngineFacts(
                plan.limits().contextTokens(),
                KvCapacity.BLOCK_TOKENS,
                plan.limits().kvBlocks(),
                KvCapacity.MEMORY_SHARE,
                "auto",
                plan.rules().prefixCaching());
        this.intervalNanos = intervalNanos;
        this.history = new MetricsHistory(beginMillis);
        // the first place is told of requests that are held before there is any engine
        metrics.release(claim());
    }

    public MetricsHistory history() {
        return history;
    }

    private EngineMetrics of(int engine) {
        return engines.computeIfAbsent(engine, id -> {
            EngineMetrics claimed = claim();
            draftsBefore.put(id, claimed.drafted());
            return claimed;
        });
    }

    private EngineMetrics claim() {
        EngineMetrics engine = metrics.claim(model, facts);
        if (extras.blockSample() > 0) {
            engine.tellBlocks();
        }
        if (extras.work()) {
            engine.tellWork();
        }
        return engine;
    }

    @Override
    public double blockSample() {
        return extras.blockSample();
    }

    @Override
    public boolean hearsWork() {
        return extras.work();
    }

    @Override
    public void evicted(int engine, BlockStay stay) {
        of(engine).evicted(stay);
    }

    @Override
    public void worked(int engine, StepWork.Work work) {
        of(engine).worked(work);
    }

    @Override
    public void stepped(int engine, int tokens) {
        of(engine).stepped(tokens);
    }

    @Override
    public void scheduled(int engine, int promptTokens, long waitedNanos) {
        of(engine).prompted(promptTokens);
        of(engine).queued(waitedNanos);
    }

    @Override
    public void received(int engine, int promptTokens, int tokens, long nanos, long postNanos, double bytes) {
        of(engine).received(promptTokens, tokens, nanos, postNanos, bytes);
    }

    @Override
    public void firstToken(int engine, long waitedNanos) {
        of(engine).generated(1);
        of(engine).firstToken(waitedNanos);
    }

    @Override
    public void nextToken(int engine, long gapNanos) {
        of(engine).generated(1);
        of(engine).nextToken(gapNanos);
    }

    @Override
    public void finished(RequestOutcome outcome) {
        EngineMetrics engine = of(outcome.engine());
        // a trace tells how long each answer is, which is what its request asks for
        engine.finished(Finish.LENGTH);
        engine.ended(outcome.lastNanos() - outcome.arrivalNanos());
        engine.served(new FinishedRequest(
                outcome.promptTokens(),
                outcome.cachedTokens(),
                outcome.outputTokens(),
                outcome.outputTokens(),
                1,
                outcome.preemptions(),
                outcome.scheduledNanos(),
                outcome.firstNanos(),
                outcome.lastNanos()));
    }

    @Override
    public void stopped(State last) {
        note(last);
        seen.remove(last.engine());
        draftsBefore.remove(last.engine());
        EngineMetrics gone = engines.remove(last.engine());
        if (gone != null) {
            metrics.release(gone);
        }
    }

    @Override
    public void tick(long atNanos, int nowHeld, List<State> all) {
        all.forEach(this::note);
        metrics.first(model).queuedForAny(nowHeld - held);
        held = nowHeld;
        tickedNanos = atNanos;
        if (atNanos % intervalNanos == 0) {
            history.scrape(metrics, atNanos);
        }
    }

    /// Scrapes once more when all has been served.
    public void finish() {
        history.scrape(metrics, (tickedNanos / intervalNanos + 1) * intervalNanos);
    }

    private void note(State state) {
        EngineMetrics engine = of(state.engine());
        State before = seen.put(state.engine(), state);
        engine.state(state.running(), state.waiting(), state.kvUsage());
        engine.preempted(state.preemptions() - (before == null ? 0 : before.preemptions()));
        engine.prefixes(
                state.prefixQueries() - (before == null ? 0 : before.prefixQueries()),
                state.prefixHits() - (before == null ? 0 : before.prefixHits()));
        if (!state.drafts().byPosition().isEmpty()) {
            engine.drafted(draftsBefore
                    .getOrDefault(state.engine(), DraftCounts.none(0))
                    .plus(state.drafts()));
        }
    }
}
