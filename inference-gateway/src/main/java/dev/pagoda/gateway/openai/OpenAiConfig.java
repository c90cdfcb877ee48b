package dev.pagoda.gateway.openai;

import java.time.Duration;

/// Bounds of the OpenAI surface.
///
/// @param maxBodyBytes     larger request bodies are refused with 413
/// @param requestTimeout   deadline of a request, queueing and generation included
/// @param maxUnreadBytes   bytes of one stream that may wait for a slow reader before its connection is dropped
/// @param stallTimeout     how long a reader may take nothing at all before its connection is dropped
/// @param strictParameters whether unknown top-level parameters are refused, as OpenAI does; known extensions of other
///                         servers are accepted all the same
public record OpenAiConfig(
        long maxBodyBytes,
        Duration requestTimeout,
        int maxUnreadBytes,
        Duration stallTimeout,
        boolean strictParameters) {

    public OpenAiConfig {
        within("maxBodyBytes", maxBodyBytes, 1_024, 256L << 20);
        within("requestTimeout in ms", requestTimeout.toMillis(), 100, 3_600_000);
        within("maxUnreadBytes", maxUnreadBytes, 1_024, 64 << 20);
        within("stallTimeout in ms", stallTimeout.toMillis(), 10, 3_600_000);
    }

    public static OpenAiConfig defaults() {
        return new OpenAiConfig(16L << 20, Duration.ofMinutes(10), 1 << 20, Duration.ofSeconds(30), true);
    }

    private static void within(String key, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(key + " " + value + " is not within " + least + " to " + most);
        }
    }
}
