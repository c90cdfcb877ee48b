package dev.pagoda.gateway.engine;

import dev.pagoda.gateway.model.KvCapacity;

/// A prompt as an engine sees it: its length, and names of its leading blocks by which equal prefixes are found.
///
/// @param blockNames one for each leading block of [KvCapacity#BLOCK_TOKENS] tokens, a hash of *all* tokens up to the
///                   block's end; never 0. Shorter than the prompt where the rest is like no other prompt. Not copied
public record Prompt(int tokens, long[] blockNames) {
    private static final long[] NAMELESS = {};
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    public Prompt {
        if (tokens < 1) {
            throw new IllegalArgumentException("a prompt of " + tokens + " tokens is below 1");
        }
        if (blockNames.length > tokens / KvCapacity.BLOCK_TOKENS) {
            throw new IllegalArgumentException(blockNames.length + " named blocks exceed a prompt of " + tokens
                    + " tokens, " + KvCapacity.BLOCK_TOKENS + " a block");
        }
    }

    /// A prompt that shares no prefix with any other.
    public static Prompt of(int tokens) {
        return new Prompt(tokens, NAMELESS);
    }

    /// A prompt of known tokens.
    public static Prompt ofTokens(int[] ids) {
        long[] names = new long[ids.length / KvCapacity.BLOCK_TOKENS];
        long name = 0;
        for (int i = 0; i < names.length; i++) {
            for (int j = 0; j < KvCapacity.BLOCK_TOKENS; j++) {
                name = mix(name + GOLDEN + ids[i * KvCapacity.BLOCK_TOKENS + j]);
            }
            names[i] = name == 0 ? 1 : name;
        }
        return new Prompt(ids.length, names);
    }

    /// A prompt of which a trace names pieces of equal length.
    ///
    /// @param pieceTokens tokens of one piece, a multiple of the block's
    public static Prompt ofPieces(int tokens, long[] pieces, int pieceTokens) {
        int blocks = pieceTokens / KvCapacity.BLOCK_TOKENS;
        if (blocks * KvCapacity.BLOCK_TOKENS != pieceTokens || blocks == 0) {
            throw new IllegalArgumentException(
                    "a piece of " + pieceTokens + " tokens is not whole blocks of " + KvCapacity.BLOCK_TOKENS);
        }
        int named = Math.min(tokens / KvCapacity.BLOCK_TOKENS, pieces.length * blocks);
        long[] names = new long[named];
        long name = 0;
        for (int i = 0; i < named; i++) {
            name = mix(name + GOLDEN + (i % blocks == 0 ? pieces[i / blocks] : i % blocks));
            names[i] = name == 0 ? 1 : name;
        }
        return new Prompt(tokens, names);
    }

    /// SplitMix64's finaliser (Steele, Lea and Flood 2014).
    static long mix(long z) {
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
