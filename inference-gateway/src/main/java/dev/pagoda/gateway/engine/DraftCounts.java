package dev.pagoda.gateway.engine;

import java.util.Arrays;
import java.util.List;

/// What speculative decoding has brought so far.
///
/// @param drafts     times that a draft model proposed tokens
/// @param tokens     tokens that it proposed
/// @param accepted   of these, tokens that were right
/// @param byPosition how many of those stood at each place of a draft
public record DraftCounts(long drafts, long tokens, long accepted, List<Long> byPosition) {
    public DraftCounts {
        byPosition = List.copyOf(byPosition);
    }

    /// Nothing yet, of drafts so long.
    public static DraftCounts none(int positions) {
        return of(0, 0, new long[positions]);
    }

    static DraftCounts of(long drafts, long tokens, long[] byPosition) {
        return new DraftCounts(
                drafts,
                tokens,
                Arrays.stream(byPosition).sum(),
                Arrays.stream(byPosition).boxed().toList());
    }

    /// Both together; the longer drafts tell how many places there are.
    public DraftCounts plus(DraftCounts other) {
        long[] sums = new long[Math.max(byPosition.size(), other.byPosition.size())];
        for (int i = 0; i < sums.length; i++) {
            sums[i] = (i < byPosition.size() ? byPosition.get(i) : 0)
                    + (i < other.byPosition.size() ? other.byPosition.get(i) : 0);
        }
        return of(drafts + other.drafts, tokens + other.tokens, sums);
    }
}
