package dev.pagoda.gateway.study;

import dev.pagoda.gateway.engine.BlockStay;
import dev.pagoda.gateway.engine.DraftCounts;
import dev.pagoda.gateway.model.StepWork;
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

    /// Share of the KV blocks of which it wants to hear; 0 for none.
    default double blockSample() {
        return 0;
    }

    /// Whether it wants to hear of the work of each step.
    default boolean hearsWork() {
        return false;
    }

    /// The state of an engine.
    ///
    /// @param prefixQueries tokens of which its prefix cache was asked so far
    /// @param prefixHits    tokens that it had
    /// @param drafts        of speculative decoding so far
    record State(
            int engine,
            int running,
            int waiting,
            double kvUsage,
            long prefixQueries,
            long prefixHits,
            long preemptions,
            DraftCounts drafts) {}

    default void stepped(int engine, int tokens) {}

    /// A watched KV block was taken for other content.
    default void evicted(int engine, BlockStay stay) {}

    /// A step has begun that asks this of each device.
    default void worked(int engine, StepWork.Work work) {}

    /// A request takes part in a step for the first time.
    default void scheduled(int engine, int promptTokens, long waitedNanos) {}

    /// Keys and values of a prompt have come to the engine that goes on from them.
    ///
    /// @param tokens    that were not there
    /// @param nanos     from when they had been read, the wait for the link included
    /// @param postNanos until the transfer was under way
    default void received(int engine, int promptTokens, int tokens, long nanos, long postNanos, double bytes) {}

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
