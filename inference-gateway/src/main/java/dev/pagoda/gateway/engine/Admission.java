package dev.pagoda.gateway.engine;

/// An engine's answer to a new sequence.
public sealed interface Admission<T> {
    /// It waits for its first step.
    record Admitted<T>(Sequence<T> sequence) implements Admission<T> {}

    /// The engine does not take it.
    record Refused<T>(Why why) implements Admission<T> {}

    /// Why an engine refuses.
    enum Why {
        /// As many wait as may wait.
        QUEUE_FULL,
        /// Prompt and output exceed the model's context.
        CONTEXT_EXCEEDED,
        /// Prompt and output exceed the whole KV cache.
        KV_EXCEEDED,
        /// The engine finishes what it has and takes nothing new.
        DRAINING
    }
}
