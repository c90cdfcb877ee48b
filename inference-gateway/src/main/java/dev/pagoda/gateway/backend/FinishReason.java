package dev.pagoda.gateway.backend;

/// Why a choice ended: it said all it had to say (or met a stop string), or it met its token limit.
public enum FinishReason {
    STOP,
    LENGTH
}
