package dev.pagoda.gateway;

/// The gateway's settings.
///
/// @param stepTokens          most tokens of one engine step (vLLM's `max_num_batched_tokens`)
/// @param maxSequences        most sequences in one engine's batch (vLLM's `max_num_seqs`)
/// @param maxQueued           most requests that wait for one deployment; beyond it clients get 429
/// @param stableWindowSeconds the autoscaler scales down on the average over this window
/// @param burstWindowSeconds  the autoscaler scales up on the average over this window
/// @param weightLoadMillis    time a replica takes to load its weights once it has its devices
/// @param drainSeconds        time that running requests have to end when the platform stops
/// @param embeddingThreads    threads that run embedding models
/// @param embeddingQueueTexts most texts that wait for those threads; beyond it clients get 429
/// @param sentenceCache       sentences whose vectors the grounded responder remembers
public record GatewayConfig(
        int stepTokens,
        int maxSequences,
        int maxQueued,
        int stableWindowSeconds,
        int burstWindowSeconds,
        int weightLoadMillis,
        int drainSeconds,
        int embeddingThreads,
        int embeddingQueueTexts,
        int sentenceCache) {
    public GatewayConfig {
        within("stepTokens", stepTokens, 1, 1 << 20);
        within("maxSequences", maxSequences, 1, 4096);
        if (stepTokens < maxSequences) {
            throw new IllegalArgumentException("stepTokens " + stepTokens + " is below maxSequences " + maxSequences);
        }
        within("maxQueued", maxQueued, 1, 1_000_000);
        within("stableWindowSeconds", stableWindowSeconds, 1, 3600);
        within("burstWindowSeconds", burstWindowSeconds, 1, stableWindowSeconds);
        within("weightLoadMillis", weightLoadMillis, 1, 3_600_000);
        within("drainSeconds", drainSeconds, 0, 3600);
        within("embeddingThreads", embeddingThreads, 1, 64);
        within("embeddingQueueTexts", embeddingQueueTexts, 1, 1_000_000);
        within("sentenceCache", sentenceCache, 1, 1_000_000);
    }

    public static GatewayConfig defaults() {
        return new GatewayConfig(8192, 256, 1000, 60, 6, 200, 20, 2, 8192, 4096);
    }

    private static void within(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " " + value + " is not within " + min + " to " + max);
        }
    }
}
