package dev.pagoda.vectors.hnsw;

import dev.pagoda.vectors.quant.Sketches;
import java.util.function.IntPredicate;

/// What a search under a filter does: a walk over the graph, a scan of the matches, or a walk that gives way to a
/// scan. Decided by counts only, so that the same search always does the same.
///
/// **How far a walk goes.** A walk without a filter ends when the `ef` nearest nodes found are expanded. Were it so
/// of accepted nodes, a walk that accepts one of ten would expand ten times as many nodes, although its ten
/// nearest matches lie among the hundred nearest nodes, which a few times `ef` suffice to find. Were it so of all
/// nodes, it would find too little. So it ends when `a n^2 >= (1.4 ef)^3`, where of the `n` nearest nodes `a` are
/// accepted: a share of `s` takes `1.4 ef / s^(1/3)` nodes. Only what is met on the way counts for that, so a filter
/// that accepts just what is near costs little more than none. The factor makes up for links that were chosen for
/// all nodes. Where fewer than half as many are met as among all nodes, the matches begin where the walk would end,
/// and as many times more nodes are asked of it.
///
/// **When it gives way.** After [#FIRST_LOOK] expansions and then every [#LOOK] the share of matches met so far
/// says how many expansions are to come. When a scan costs less than these, the walk ends; likewise when it has
/// cost as much as a scan and [#PATIENCE] times what it was expected to. So a filter that accepts only what is far
/// away costs a short walk and a scan, and no search costs much more than twice the cheaper of the two. Where a
/// scan costs but a few first looks, there is no walk at all.
///
/// What expansions, rows and sketches cost is estimated by the cache lines they touch; only ratios matter.
final class Effort {
    /// Expansions until the share of matches met is looked at, and from one look to the next.
    static final int FIRST_LOOK = 32;

    static final int LOOK = 16;

    private static final double WIDER = 1.4;
    private static final double PATIENCE = 1.5;

    /// Nodes that the share of matches of all nodes counts as, beside those met.
    private static final int PRIOR = 32;

    /// Nodes sampled to estimate how many match a filter.
    private static final int SAMPLE = 512;

    /// A scan that costs less than so many first looks is done at once.
    private static final int FIRST_LOOKS = 4;

    /// From so many matches on rows are read ahead.
    private static final int MANY = 128;

    /// From so many matches on sketches save more than preparing the query costs.
    private static final int MANY_SKETCHED = 512;

    /// Of far matches, sketches leave about such a share to be compared.
    private static final double PROMISING = 0.2;

    private final int ef;
    private final int least;
    private final double share;
    private final double hopNanos;
    private final double scanNanos;
    private final double enough;

    /// @param least    accepted nodes that a walk finds
    /// @param share    of live nodes that are accepted, above 0
    /// @param hopNanos cost of an expansion
    Effort(int ef, int least, double share, double hopNanos, double scanNanos) {
        this.ef = ef;
        this.least = least;
        this.share = share;
        this.hopNanos = hopNanos;
        this.scanNanos = scanNanos;
        this.enough = Math.pow(WIDER * ef, 3);
    }

    /// Whether so many matches among `all` nodes are scanned by sketches, where there are any.
    static boolean isSketched(double matches, int all, Costs costs) {
        return matches >= MANY_SKETCHED && matches * Sketches.BLOCK >= (double) all * costs.leastSketched();
    }

    /// What a scan takes. Asking a predicate about every node is left out, so that a filter that tells its matches
    /// and one that has to be asked are searched alike.
    ///
    /// @param sketched whether there are sketches
    static double scanNanos(int live, double share, Costs costs, boolean sketched) {
        double matches = live * share;
        return MANY * costs.rowNanos() + matches * matchNanos(matches, live, costs, sketched);
    }

    /// What each of so many matches among `all` nodes takes.
    ///
    /// @param sketched whether there are sketches
    static double matchNanos(double matches, int all, Costs costs, boolean sketched) {
        if (matches < MANY) {
            return costs.rowNanos();
        }
        return sketched && isSketched(matches, all, costs)
                ? costs.sketchNanos() * all / matches + PROMISING * costs.scanNanos()
                : costs.scanNanos();
    }

    /// What share of the live nodes is accepted, above 0; taken from a sample if `accept` does not tell.
    static double share(IntPredicate accept, NodeBits live, int size, int end) {
        if (accept instanceof NodeSet set) {
            return Math.min(1, (set.size() + 0.5) / (size + 1));
        }
        int asked = 0;
        int accepted = 0;
        for (int i = 0; i < SAMPLE; i++) {
            // the fractional parts of multiples of the golden ratio are spread evenly and follow no pattern of numbers
            long fraction = (i * 0x9e3779b9L) & 0xffffffffL;
            int node = (int) ((fraction * end) >>> 32);
            if (live.has(node)) {
                asked++;
                if (accept.test(node)) {
                    accepted++;
                }
            }
        }
        return (accepted + 0.5) / (asked + 1);
    }

    /// Accepted nodes to find if all are accepted.
    int breadth() {
        return ef;
    }

    /// Whether a walk may be worth while.
    boolean isWalk() {
        return scanNanos > FIRST_LOOKS * FIRST_LOOK * hopNanos || expansions(share) * hopNanos < scanNanos;
    }

    /// Whether a walk may end that has met so many accepted and refused nodes up to some distance.
    boolean suffices(int accepted, int refused) {
        double all = accepted + refused;
        if (accepted < least || accepted * all * all < enough) {
            return false;
        }
        double rarer = rarer(accepted / all);
        return accepted * all * all >= enough * rarer * rarer * rarer;
    }

    /// Whether a scan takes less than the rest of a walk that has met so many accepted and refused nodes.
    boolean isHopeless(int expansions, int accepted, int refused) {
        double met = (accepted + PRIOR * share) / (accepted + refused + PRIOR);
        double left = expansions(met) - expansions;
        boolean isLong = expansions > PATIENCE * expansions(share) && expansions * hopNanos > scanNanos;
        return isLong || left * hopNanos > scanNanos;
    }

    private double expansions(double met) {
        return Math.max(WIDER * ef / Math.cbrt(met) * rarer(met), least / met);
    }

    /// How many times fewer matches are met than half of what is met anywhere, at least 1.
    private double rarer(double met) {
        return Math.max(1, share / (2 * met));
    }
}
