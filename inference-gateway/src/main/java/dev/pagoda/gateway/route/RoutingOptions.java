package dev.pagoda.gateway.route;

import dev.pagoda.gateway.model.KvCapacity;

/// What routing policies must know of the targets.
///
/// @param blockTokens tokens of one block whose name is looked up, a multiple of 16: an engine's blocks, or the pieces
///                    by which a trace names prompts
/// @param indexBlocks blocks of 16 that a target's cache holds
/// @param ttftMillis  time to the first token that is wanted
public record RoutingOptions(int blockTokens, int indexBlocks, double ttftMillis) {
    /// Blocks of vLLM, and as many of them as llm-d assumes where it cannot ask (`lruCapacityPerServer`).
    public static final RoutingOptions DEFAULT = new RoutingOptions(KvCapacity.BLOCK_TOKENS, 31_250, 2_000);

    public RoutingOptions {
        if (blockTokens < KvCapacity.BLOCK_TOKENS || blockTokens % KvCapacity.BLOCK_TOKENS != 0) {
            throw new IllegalArgumentException(
                    "blockTokens " + blockTokens + " is not a multiple of " + KvCapacity.BLOCK_TOKENS);
        }
        if (indexBlocks < 1 || indexBlocks > 1 << 28) {
            throw new IllegalArgumentException("indexBlocks " + indexBlocks + " is not within 1 to " + (1 << 28));
        }
        if (!(ttftMillis > 0)) {
            throw new IllegalArgumentException("ttftMillis " + ttftMillis + " is not above 0");
        }
    }
}
