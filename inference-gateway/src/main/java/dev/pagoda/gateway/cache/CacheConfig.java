package dev.pagoda.gateway.cache;

/// Bounds of the cached answers of all tenants.
///
/// @param maxBytes       memory of all answers, 1 MiB to 64 GiB
/// @param maxAnswerBytes larger answers are not kept, 1 KiB to `maxBytes`
public record CacheConfig(long maxBytes, int maxAnswerBytes) {
    public CacheConfig {
        if (maxBytes < 1 << 20 || maxBytes > 64L << 30) {
            throw new IllegalArgumentException("maxBytes " + maxBytes + " is not within 1048576 to " + (64L << 30));
        }
        if (maxAnswerBytes < 1 << 10 || maxAnswerBytes > maxBytes) {
            throw new IllegalArgumentException(
                    "maxAnswerBytes " + maxAnswerBytes + " is not within 1024 to maxBytes " + maxBytes);
        }
    }

    public static CacheConfig defaults() {
        return new CacheConfig(64L << 20, 1 << 20);
    }
}
