package dev.pagoda.gateway;

import dev.pagoda.gateway.route.Routing;
import dev.pagoda.gateway.scale.Scaling;

/// How simulated replicas run, and what deployments do that do not say otherwise.
///
/// @param engine           the engine that they are: its host loop and its scheduling
/// @param timeScale        simulated seconds in a second
/// @param routing          policy by which requests find a replica
/// @param autoscaler       rule for how many replicas there are; `knative` takes a deployment's own target concurrency
/// @param ttftMillis       time to the first token at which routing and scaling aim
/// @param itlMillis        time between tokens at which scaling aims
/// @param startShare       share of the time in life that image, weights and warm-up take
/// @param meanCrashMinutes simulated time for which a replica lives on average until it crashes; 0 for no crashes
/// @param stallSeconds     simulated time without a step after which a replica with work is taken for dead
/// @param draftTokens      tokens that a draft model proposes a step; 0 for none
/// @param draftAcceptance  chance that a proposed token is right
/// @param adapterSlots     LoRA adapters that one step can have
/// @param oldMetricNames   whether vLLM's metrics are told by their former names too
/// @param kvCacheMetrics   whether the metrics tell how long blocks of the KV cache stay (`kv_cache_metrics`)
/// @param kvCacheMetricsSample share of the blocks of which they tell (`kv_cache_metrics_sample`), above 0
/// @param enableMfuMetrics whether the metrics tell operations and memory traffic (`enable_mfu_metrics`)
public record ReplicaConfig(
        Profile engine,
        double timeScale,
        String routing,
        String autoscaler,
        double ttftMillis,
        double itlMillis,
        double startShare,
        int meanCrashMinutes,
        int stallSeconds,
        int draftTokens,
        double draftAcceptance,
        int adapterSlots,
        boolean oldMetricNames,
        boolean kvCacheMetrics,
        double kvCacheMetricsSample,
        boolean enableMfuMetrics) {
    /// Engines whose host time is known.
    public enum Profile {
        VLLM,
        VLLM_SYNCHRONOUS,
        SGLANG,
        TENSORRT_LLM;
    }

    private static final int MAX_DRAFTS = 64;
    private static final double LEAST_SAMPLE = 1e-6;

    public ReplicaConfig {
        within("timeScale", timeScale, .01, 1_000);
        Routing.named(routing);
        Scaling.named(autoscaler);
        within("ttftMillis", ttftMillis, 1, 3_600_000);
        within("itlMillis", itlMillis, .1, 60_000);
        within("startShare", startShare, 0, 1);
        within("meanCrashMinutes", meanCrashMinutes, 0, 10_000_000);
        within("stallSeconds", stallSeconds, 1, 3_600);
        within("draftTokens", draftTokens, 0, MAX_DRAFTS);
        within("draftAcceptance", draftAcceptance, 0, 1);
        within("adapterSlots", adapterSlots, 1, 1_024);
        within("kvCacheMetricsSample", kvCacheMetricsSample, LEAST_SAMPLE, 1);
    }

    public static ReplicaConfig defaults() {
        return new ReplicaConfig(
                Profile.VLLM,
                1,
                Routing.PREFIX_AWARE.label(),
                "knative",
                2_000,
                100,
                .005,
                0,
                30,
                0,
                .7,
                4,
                false,
                false,
                .01,
                false);
    }

    public ReplicaConfig withTimeScale(double other) {
        return new ReplicaConfig(
                engine,
                other,
                routing,
                autoscaler,
                ttftMillis,
                itlMillis,
                startShare,
                meanCrashMinutes,
                stallSeconds,
                draftTokens,
                draftAcceptance,
                adapterSlots,
                oldMetricNames,
                kvCacheMetrics,
                kvCacheMetricsSample,
                enableMfuMetrics);
    }

    public ReplicaConfig withDrafts(int tokens, double acceptance) {
        return new ReplicaConfig(
                engine,
                timeScale,
                routing,
                autoscaler,
                ttftMillis,
                itlMillis,
                startShare,
                meanCrashMinutes,
                stallSeconds,
                tokens,
                acceptance,
                adapterSlots,
                oldMetricNames,
                kvCacheMetrics,
                kvCacheMetricsSample,
                enableMfuMetrics);
    }

    /// The same with all the metrics that vLLM tells when asked alone, of every block.
    public ReplicaConfig withAllMetrics() {
        return new ReplicaConfig(
                engine,
                timeScale,
                routing,
                autoscaler,
                ttftMillis,
                itlMillis,
                startShare,
                meanCrashMinutes,
                stallSeconds,
                draftTokens,
                draftAcceptance,
                adapterSlots,
                true,
                true,
                1,
                true);
    }

    private static void within(String name, double value, double min, double max) {
        if (!(value >= min && value <= max)) {
            throw new IllegalArgumentException(name + " " + value + " is not within " + min + " to " + max);
        }
    }
}
