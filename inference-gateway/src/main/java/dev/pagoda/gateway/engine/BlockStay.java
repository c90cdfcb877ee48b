package dev.pagoda.gateway.engine;

/// How long a block of a KV cache kept what it held, told when it is taken for other content.
///
/// @param lifetimeNanos from when it was taken until now
/// @param idleNanos     since a sequence last found it in the cache, or since it was taken where none did
/// @param gapsNanos     between the last times that sequences found it, at most three; owned by the receiver
public record BlockStay(long lifetimeNanos, long idleNanos, long[] gapsNanos) {
    public BlockStay {
        if (lifetimeNanos < 0 || idleNanos < 0 || idleNanos > lifetimeNanos) {
            throw new IllegalArgumentException(
                    "a block that lived " + lifetimeNanos + " ns cannot have been idle for " + idleNanos + " ns");
        }
    }
}
