package dev.pagoda.gateway.engine;

/// What happens to sequences as an engine steps. Called within [Engine#advance] after the engine's state has changed,
/// so that a receiver may submit and cancel.
public interface EngineEvents<T> {
    /// A sequence takes part in a step for the first time.
    void scheduled(Sequence<T> sequence, long atNanos);

    /// One more token is made; told before any later step begins.
    ///
    /// @param index of the token within the output, from 0
    void token(Sequence<T> sequence, int index, long atNanos);

    /// All tokens are made, and the blocks are free; follows the last [#token].
    void finished(Sequence<T> sequence, long atNanos);

    /// A step has ended; told before what it brought.
    ///
    /// @param tokens that it computed, over all ranks
    default void stepped(int tokens, long atNanos) {}

    /// A watched block of the KV cache was taken for other content; told only of engines whose blocks are sampled.
    default void evicted(BlockStay stay, long atNanos) {}
}
