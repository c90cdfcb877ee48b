package dev.pagoda.gateway.study;

import dev.pagoda.gateway.engine.Prompt;
import dev.pagoda.gateway.model.KvCapacity;
import java.util.LinkedHashMap;
import java.util.Map;

/// Tells which requests of a trace belong to one conversation: a prompt that goes on from the end of an earlier one is
/// of its session, for the next turn of a conversation repeats those before. Traces name no sessions themselves.
/// Not thread-safe.
final class Sessions {
    private static final int MOST = 1 << 20;

    private final Map<Long, Long> ends = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Long> eldest) {
            return size() > MOST;
        }
    };
    private final int pieceBlocks;
    private long count;

    /// @param pieceTokens tokens of the pieces by which the trace names prompts, a multiple of a block's
    Sessions(int pieceTokens) {
        pieceBlocks = Math.max(1, pieceTokens / KvCapacity.BLOCK_TOKENS);
    }

    long of(Prompt prompt) {
        long[] names = prompt.blockNames();
        int pieces = names.length / pieceBlocks;
        for (int i = pieces; i >= 2; i--) {
            Long session = ends.get(names[i * pieceBlocks - 1]);
            if (session != null) {
                ends.put(names[pieces * pieceBlocks - 1], session);
                return session;
            }
        }
        long session = count++;
        // one piece is less than any turn: beginnings that all prompts share tell nothing
        if (pieces >= 2) {
            ends.put(names[pieces * pieceBlocks - 1], session);
        }
        return session;
    }
}
