package dev.pagoda.gateway.route;

import dev.pagoda.gateway.engine.Prompt;
import dev.pagoda.gateway.model.KvCapacity;
import java.util.HashMap;
import java.util.Map;

/// What a router believes to be in the prefix caches of its targets: the blocks of the prompts that it sent there, the
/// latest of each. It sees no cache itself, as a gateway before real engines does not. Not thread-safe.
final class PrefixIndex {
    private final int stride;
    private final int mostBlocks;
    private final int capacity;
    private final Map<Long, BlockLru> known = new HashMap<>();

    /// @param mostBlocks blocks of a prompt that are looked at, from its beginning
    PrefixIndex(RoutingOptions options, int mostBlocks) {
        this.stride = options.blockTokens() / KvCapacity.BLOCK_TOKENS;
        this.capacity = Math.max(1, options.indexBlocks() / stride);
        this.mostBlocks = mostBlocks;
    }

    int blocks(Prompt prompt) {
        return Math.min(mostBlocks, prompt.blockNames().length / stride);
    }

    /// Leading blocks of a prompt that a target should have.
    int matches(long target, Prompt prompt) {
        BlockLru blocks = known.get(target);
        if (blocks == null) {
            return 0;
        }
        int count = blocks(prompt);
        int matches = 0;
        while (matches < count && blocks.contains(name(prompt, matches))) {
            matches++;
        }
        return matches;
    }

    int tokens(int blocks) {
        return blocks * stride * KvCapacity.BLOCK_TOKENS;
    }

    /// A target has a prompt from now on. The end is noted first, so that it is forgotten first.
    void note(long target, Prompt prompt) {
        BlockLru blocks = known.computeIfAbsent(target, id -> new BlockLru(capacity));
        for (int i = blocks(prompt) - 1; i >= 0; i--) {
            blocks.use(name(prompt, i));
        }
    }

    /// Blocks that a target should have.
    int size(long target) {
        BlockLru blocks = known.get(target);
        return blocks == null ? 0 : blocks.size();
    }

    void remove(long target) {
        known.remove(target);
    }

    private long name(Prompt prompt, int block) {
        return prompt.blockNames()[(block + 1) * stride - 1];
    }
}
