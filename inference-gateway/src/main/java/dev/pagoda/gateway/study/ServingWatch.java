package dev.pagoda.gateway.study;

import java.util.List;

/// Hears what the engines of a study do. Engines are told apart by their numbers, which are never given again.
public interface ServingWatch {
    /// Hears nothing.
    ServingWatch NONE = new ServingWatch() {
        @Override
        public boolean hears() {
            return false;
        }
    };

    /// Whether it wants to hear of ticks and of what was served, which takes some time to tell.
    default boolean hears() {
        return true;
    }

    /// The state of an engine.
    ///
    /// @param prefixQueries tokens of which its prefix cache was asked so far
    /// @param prefixHits    tokens that it had
    record State(
            int engine,
            int running,
            int waiting,
            double kvUsage,
            long prefixQueries,
            long prefixHits,
            long preemptions) {}

    default void stepped(int engine, int tokens) {}

    /// A request takes part in a step for the first time.
    default void scheduled(int engine, int promptTokens, long waitedNanos) {}

    default void firstToken(int engine, long waitedNanos) {}

    default void nextToken(int engine, long gapNanos) {}

    default void finished(RequestOutcome outcome) {}

    default void stopped(State last) {}

    /// A tick has passed.
    ///
    /// @param held requests that wait for a first engine
    /// @param all  engines that hold devices, starting ones included
    default void tick(long atNanos, int held, List<State> all) {}
}
