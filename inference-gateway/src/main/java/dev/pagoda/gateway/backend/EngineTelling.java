package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.engine.DraftCounts;
import dev.pagoda.gateway.engine.Engine;
import dev.pagoda.gateway.metrics.EngineMetrics;

/// Carries an engine's state and counts to its metrics, which outlive it: of each count what was added since it was
/// last told. Not thread-safe.
final class EngineTelling {
    private final Engine<?> engine;
    private final EngineMetrics metrics;
    private final boolean hasDrafts;
    /// Of engines that this place had before.
    private final DraftCounts draftsBefore;

    private long preemptions;
    private long prefixQueries;
    private long prefixHits;

    /// @param hasDrafts whether the engine decodes speculatively
    EngineTelling(Engine<?> engine, EngineMetrics metrics, boolean hasDrafts) {
        this.engine = engine;
        this.metrics = metrics;
        this.hasDrafts = hasDrafts;
        this.draftsBefore = metrics.drafted();
    }

    void tell() {
        metrics.state(engine.running(), engine.waiting(), engine.kvUsage());
        metrics.preempted(engine.preemptions() - preemptions);
        preemptions = engine.preemptions();
        metrics.prefixes(engine.prefixQueries() - prefixQueries, engine.prefixHits() - prefixHits);
        prefixQueries = engine.prefixQueries();
        prefixHits = engine.prefixHits();
        if (hasDrafts) {
            metrics.drafted(draftsBefore.plus(engine.drafts()));
        }
    }
}
