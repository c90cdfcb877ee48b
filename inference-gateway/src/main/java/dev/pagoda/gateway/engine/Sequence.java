package dev.pagoda.gateway.engine;

import dev.pagoda.gateway.model.KvCapacity;
import java.util.Arrays;

/// One prompt and the tokens that an engine adds to it. Belongs to one engine; its state is the engine's.
///
/// @param <T> what the caller ties to it
public final class Sequence<T> {
    enum State {
        WAITING,
        RUNNING,
        ENDED
    }

    private final T owner;
    private final int promptTokens;
    private final int outputTokens;
    private final long arrivedNanos;

    State state = State.WAITING;
    boolean wasScheduled;
    /// Tokens whose keys and values are in the cache.
    int computed;
    /// Tokens made so far.
    int generated;
    /// Tokens of this sequence in the step in flight.
    int planned;

    private int[] blocks = new int[4];
    private int blockCount;

    Sequence(T owner, int promptTokens, int outputTokens, long arrivedNanos) {
        this.owner = owner;
        this.promptTokens = promptTokens;
        this.outputTokens = outputTokens;
        this.arrivedNanos = arrivedNanos;
    }

    public T owner() {
        return owner;
    }

    public int promptTokens() {
        return promptTokens;
    }

    public int outputTokens() {
        return outputTokens;
    }

    public long arrivedNanos() {
        return arrivedNanos;
    }

    /// Tokens made so far.
    public int generated() {
        return generated;
    }

    /// Whether it finished or was cancelled.
    public boolean hasEnded() {
        return state == State.ENDED;
    }

    int known() {
        return promptTokens + generated;
    }

    boolean decodes() {
        return generated > 0 && computed == known() - 1;
    }

    static int blocksFor(int tokens) {
        return (tokens + KvCapacity.BLOCK_TOKENS - 1) / KvCapacity.BLOCK_TOKENS;
    }

    /// Holds blocks for so many tokens in all.
    ///
    /// @return false, with nothing taken, when too few are free
    boolean reserve(int tokens, KvBlocks pool) {
        int missing = blocksFor(tokens) - blockCount;
        if (missing > pool.freeCount()) {
            return false;
        }
        if (blockCount + missing > blocks.length) {
            blocks = Arrays.copyOf(blocks, Math.max(blockCount + missing, 2 * blocks.length));
        }
        for (int i = 0; i < missing; i++) {
            blocks[blockCount++] = pool.take();
        }
        return true;
    }

    void release(KvBlocks pool) {
        while (blockCount > 0) {
            pool.give(blocks[--blockCount]);
        }
    }
}
