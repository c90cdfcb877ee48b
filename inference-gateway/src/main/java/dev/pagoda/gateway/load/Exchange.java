package dev.pagoda.gateway.load;

import dev.pagoda.gateway.load.ChunkReading.Usage;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One request's times and counts, from the moment it was meant to leave. Times are `nanoTime` values.
final class Exchange {
    private final long intendedNanos;
    private final int abortAfterChunks;
    private long firstContentNanos;
    private long lastContentNanos;
    private int contentChunks;
    private @Nullable Usage usage;
    private @Nullable String id;
    private boolean done;

    /// @param abortAfterChunks content chunks after which the client leaves; 0 for never
    Exchange(long intendedNanos, int abortAfterChunks) {
        if (abortAfterChunks < 0) {
            throw new IllegalArgumentException("abort after " + abortAfterChunks + " chunks is below 0");
        }
        this.intendedNanos = intendedNanos;
        this.abortAfterChunks = abortAfterChunks;
    }

    /// Notes a chunk with content.
    ///
    /// @return the gap to the one before in nanoseconds, -1 for the first
    long content(long nowNanos) {
        long gap = contentChunks == 0 ? -1 : nowNanos - lastContentNanos;
        if (contentChunks == 0) {
            firstContentNanos = nowNanos;
        }
        lastContentNanos = nowNanos;
        contentChunks++;
        return gap;
    }

    /// Notes the id that the target gave the request.
    void id(String told) {
        id = told;
    }

    Optional<String> id() {
        return Optional.ofNullable(id);
    }

    void usage(Usage reported) {
        usage = reported;
    }

    /// Notes the stream's own end mark.
    void done() {
        done = true;
    }

    boolean isDone() {
        return done;
    }

    /// Whether the client means to leave now.
    boolean wantsAbort() {
        return abortAfterChunks > 0 && contentChunks >= abortAfterChunks;
    }

    long intendedNanos() {
        return intendedNanos;
    }

    int contentChunks() {
        return contentChunks;
    }

    /// Time to the first content, or -1 if none came.
    long firstContentLatencyNanos() {
        return contentChunks == 0 ? -1 : firstContentNanos - intendedNanos;
    }

    /// Mean time per output token after the first, or -1 with fewer than two tokens.
    long nanosPerOutputToken() {
        long tokens = usage == null ? contentChunks : usage.completionTokens();
        return tokens < 2 || contentChunks == 0 ? -1 : (lastContentNanos - firstContentNanos) / (tokens - 1);
    }

    @Nullable
    Usage reportedUsage() {
        return usage;
    }
}
