package dev.pagoda.gateway.cache;

import org.jspecify.annotations.Nullable;

/// How a tenant's answers are cached; what is null has its default.
///
/// @param exact          whether the same request gets the same answer, true
/// @param semantic       whether a question that means the same does too, false
/// @param threshold      cosine similarity from which questions mean the same, 0.5 to 1; 0.95
/// @param ttlSeconds     how long an answer is kept, 1 to 604,800; 3,600
/// @param embeddingModel the served model that tells what questions mean; `all-minilm-l6-v2`
public record CachePolicy(
        @Nullable Boolean exact,
        @Nullable Boolean semantic,
        @Nullable Double threshold,
        @Nullable Integer ttlSeconds,
        @Nullable String embeddingModel) {
    private static final double THRESHOLD = 0.95;
    private static final int TTL_SECONDS = 3_600;
    private static final int MAX_TTL_SECONDS = 604_800;
    private static final String MODEL = "all-minilm-l6-v2";

    public CachePolicy {
        if (threshold != null && !(threshold >= 0.5 && threshold <= 1)) {
            throw new IllegalArgumentException("threshold " + threshold + " is not within 0.5 to 1");
        }
        if (ttlSeconds != null && (ttlSeconds < 1 || ttlSeconds > MAX_TTL_SECONDS)) {
            throw new IllegalArgumentException("ttl_seconds " + ttlSeconds + " is not within 1 to " + MAX_TTL_SECONDS);
        }
        if (embeddingModel != null && (embeddingModel.isBlank() || embeddingModel.length() > 200)) {
            throw new IllegalArgumentException("embedding_model is not a name of 1 to 200 characters");
        }
    }

    boolean isExact() {
        return exact == null || exact;
    }

    boolean isSemantic() {
        return semantic != null && semantic;
    }

    double leastScore() {
        return threshold == null ? THRESHOLD : threshold;
    }

    long ttlNanos() {
        return (ttlSeconds == null ? TTL_SECONDS : ttlSeconds) * 1_000_000_000L;
    }

    String model() {
        return embeddingModel == null ? MODEL : embeddingModel;
    }
}
