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

    private final Submission<T> submission;
    private final long arrivedNanos;
    /// Its place in the order of arrival, over all ranks of its engine.
    final long number;

    State state = State.WAITING;
    boolean wasScheduled;
    /// The rank that has it.
    int rank;
    /// Tokens whose keys and values are in the cache, or will be when the steps in flight end.
    int computed;
    /// Tokens made so far.
    int generated;
    /// Tokens that steps in flight will make.
    int pending;
    /// Tokens known when it was last taken up: what it reads before it continues by single tokens.
    int toRead;

    /// Blocks that carry their name, from the first on.
    private int named;

    private int[] blocks = new int[4];
    private int blockCount;
    private int cached;
    private int preemptions;

    Sequence(Submission<T> submission, long number, long arrivedNanos) {
        this.submission = submission;
        this.number = number;
        this.arrivedNanos = arrivedNanos;
    }

    public T owner() {
        return submission.owner();
    }

    public int promptTokens() {
        return submission.prompt().tokens();
    }

    public int outputTokens() {
        return submission.outputTokens();
    }

    public int priority() {
        return submission.priority();
    }

    public long arrivedNanos() {
        return arrivedNanos;
    }

    /// Tokens made so far.
    public int generated() {
        return generated;
    }

    /// Tokens of the prompt that were found in the cache when it was first taken up.
    public int cached() {
        return cached;
    }

    /// How often it lost its blocks.
    public int preemptions() {
        return preemptions;
    }

    /// Whether it finished or was cancelled.
    public boolean hasEnded() {
        return state == State.ENDED;
    }

    int adapter() {
        return submission.adapter();
    }

    int remoteTokens() {
        return preemptions == 0 ? submission.remoteTokens() : 0;
    }

    int known() {
        return promptTokens() + generated;
    }

    /// Whether the steps in flight make its last token.
    boolean needsNoMoreSteps() {
        return generated + pending >= outputTokens();
    }

    boolean isRead() {
        return computed >= toRead;
    }

    static int blocksFor(int tokens) {
        return (tokens + KvCapacity.BLOCK_TOKENS - 1) / KvCapacity.BLOCK_TOKENS;
    }

    int blockCount() {
        return blockCount;
    }

    int block(int index) {
        return blocks[index];
    }

    /// Blocks of its prefix that are in the cache, but never all of what it has to read: the last token must be
    /// computed to continue from it.
    int matching(KvBlocks pool) {
        int most = (known() - 1) / KvCapacity.BLOCK_TOKENS;
        int matches = 0;
        while (matches < most && pool.find(name(matches)) != KvBlocks.NONE) {
            matches++;
        }
        return matches;
    }

    /// How many of the first blocks of its prefix are free, and will not be when it holds them.
    int freeAmong(int matches, KvBlocks pool) {
        int free = 0;
        for (int i = 0; i < matches; i++) {
            if (pool.holders(pool.find(name(i))) == 0) {
                free++;
            }
        }
        return free;
    }

    /// Holds the first blocks of its prefix, which are in the cache.
    void share(int matches, KvBlocks pool) {
        grow(matches);
        for (int i = 0; i < matches; i++) {
            int block = pool.find(name(i));
            pool.hold(block);
            blocks[blockCount++] = block;
        }
        named = matches;
    }

    /// Holds blocks for so many tokens in all.
    ///
    /// @return false, with nothing taken, when too few are free
    boolean reserve(int tokens, KvBlocks pool) {
        int missing = blocksFor(tokens) - blockCount;
        if (missing > pool.freeCount()) {
            return false;
        }
        if (missing > 0) {
            grow(missing);
            for (int i = 0; i < missing; i++) {
                blocks[blockCount++] = pool.take();
            }
        }
        return true;
    }

    /// Names the blocks that are complete with what is computed, as far as its tokens are known.
    void nameComplete(KvBlocks pool) {
        int complete = Math.min(computed, known()) / KvCapacity.BLOCK_TOKENS;
        while (named < complete) {
            pool.name(blocks[named], name(named));
            named++;
        }
    }

    /// Gives all blocks back, the last first, so that the beginning of the prefix is forgotten last.
    void release(KvBlocks pool) {
        while (blockCount > 0) {
            pool.give(blocks[--blockCount]);
        }
        named = 0;
    }

    void rememberCached(int tokens) {
        cached = tokens;
    }

    void countPreemption() {
        preemptions++;
    }

    private void grow(int more) {
        if (blockCount + more > blocks.length) {
            blocks = Arrays.copyOf(blocks, Math.max(blockCount + more, 2 * blocks.length));
        }
    }

    /// The name of one of its blocks; what no trace tells of is like no other sequence's.
    private long name(int index) {
        long[] names = submission.prompt().blockNames();
        if (index < names.length) {
            return names[index];
        }
        long own = Prompt.mix(Prompt.mix(number + 1) + index);
        return own == 0 ? 1 : own;
    }
}
