package dev.pagoda.gateway;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/// The gateway's settings.
///
/// @param stepTokens          most tokens of one engine step (vLLM's `max_num_batched_tokens`)
/// @param maxSequences        most sequences in one engine's batch (vLLM's `max_num_seqs`)
/// @param maxQueued           most requests that wait for one deployment; beyond it clients get 429
/// @param drainSeconds        time that running requests have to end when the platform stops
/// @param embeddingThreads    threads that run embedding models and rerankers
/// @param embeddingQueueTexts most texts that wait for those threads; beyond it clients get 429
/// @param sentenceCache       sentences whose vectors the grounded responder remembers
/// @param rerankers           cross-encoders that are served from their files, at most 16
/// @param replicas            how simulated replicas run
public record GatewayConfig(
        int stepTokens,
        int maxSequences,
        int maxQueued,
        int drainSeconds,
        int embeddingThreads,
        int embeddingQueueTexts,
        int sentenceCache,
        List<RerankerConfig> rerankers,
        ReplicaConfig replicas) {
    public GatewayConfig {
        within("stepTokens", stepTokens, 1, 1 << 20);
        within("maxSequences", maxSequences, 1, 4096);
        if (stepTokens < maxSequences) {
            throw new IllegalArgumentException("stepTokens " + stepTokens + " is below maxSequences " + maxSequences);
        }
        within("maxQueued", maxQueued, 1, 1_000_000);
        within("drainSeconds", drainSeconds, 0, 3600);
        within("embeddingThreads", embeddingThreads, 1, 64);
        within("embeddingQueueTexts", embeddingQueueTexts, 1, 1_000_000);
        within("sentenceCache", sentenceCache, 1, 1_000_000);
        rerankers = List.copyOf(rerankers);
        within("the number of rerankers", rerankers.size(), 0, 16);
        Set<String> names = new HashSet<>();
        for (RerankerConfig reranker : rerankers) {
            if (!names.add(RerankerConfig.bare(reranker.name()))) {
                throw new IllegalArgumentException("two rerankers have the name " + reranker.name());
            }
        }
        Objects.requireNonNull(replicas, "replicas");
    }

    public static GatewayConfig defaults() {
        return new GatewayConfig(8192, 256, 1000, 20, 2, 8192, 4096, List.of(), ReplicaConfig.defaults());
    }

    public GatewayConfig withReplicas(ReplicaConfig others) {
        return new GatewayConfig(
                stepTokens,
                maxSequences,
                maxQueued,
                drainSeconds,
                embeddingThreads,
                embeddingQueueTexts,
                sentenceCache,
                rerankers,
                others);
    }

    public GatewayConfig withRerankers(List<RerankerConfig> others) {
        return new GatewayConfig(
                stepTokens,
                maxSequences,
                maxQueued,
                drainSeconds,
                embeddingThreads,
                embeddingQueueTexts,
                sentenceCache,
                others,
                replicas);
    }

    private static void within(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " " + value + " is not within " + min + " to " + max);
        }
    }
}
