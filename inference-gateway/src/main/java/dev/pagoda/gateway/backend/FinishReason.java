package dev.pagoda.gateway.backend;

/// Why a choice ended: it said all it had to say (or met a stop string), it met its token limit, it called tools and
/// waits for their answers, or a check withheld it.
public enum FinishReason {
    STOP,
    LENGTH,
    TOOL_CALLS,
    CONTENT_FILTER
}
