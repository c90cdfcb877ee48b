package dev.pagoda.vectors.hnsw;

/// How far a walk without a filter goes.
///
/// **A fixed number of nodes** fits queries that are like the nodes. Around such a query the number of nodes within a
/// distance grows with a moderate power of it, the local intrinsic dimension, and the `ef` nearest lie clearly farther
/// away than the `k` nearest that are wanted. A query that is strange to the nodes is about equally far from all of
/// them: the power is high, hundreds of nodes lie hardly farther than the nearest one, no link leads from one of the
/// wanted to the next, and of `ef` nodes too many are others.
///
/// **So the walk also goes on** until it has expanded all that is nearer than the `k`-th best, `(ef / k)^(1 / d)` times
/// as far [1]. Where the dimension is [#DIMENSION] or less, that is within the `ef` nearest anyway; where it is higher,
/// the walk takes more nodes, up to [#WIDEST] times `ef`. So queries like the nodes cost what they did.
///
/// [1] Al-Jazzazi et al. 2025, https://arxiv.org/abs/2505.15636, end by such a distance alone
///
/// @param ef       nodes to expand at least
/// @param k        nodes wanted
/// @param most     nodes to expand at most, where they do not lie equally far
/// @param factor   how much farther than the `k`-th best the walk goes, by the distances of walks, which are squared
/// @param patience expansions after which a walk gives way to something else if it has many more than `ef` to expand
record Breadth(int ef, int k, int most, float factor, int patience) {
    /// Of queries like the nodes, in sets of texts and of words, nine of ten see less.
    private static final double DIMENSION = 40;

    private static final int WIDEST = 4;

    /// Expansions until the `k` best found are near those to be found.
    private static final int FIRST_LOOK = 32;

    private static final int NEVER = Integer.MAX_VALUE;

    /// So many nodes, whatever their distances.
    static Breadth only(int ef) {
        return new Breadth(ef, ef, ef, 1, NEVER);
    }

    /// To find `k` nodes.
    static Breadth of(int ef, int k) {
        int most = (int) Math.min(Integer.MAX_VALUE, (long) WIDEST * ef);
        return new Breadth(ef, k, most, (float) Math.pow((double) ef / k, 2 / DIMENSION), NEVER);
    }

    /// The same for a walk that gives way when it turns out that it takes many more than `ef` nodes.
    Breadth givingWay() {
        return new Breadth(ef, k, most, factor, Math.max(FIRST_LOOK, ef / 2));
    }

    /// Whether a walk gives way.
    ///
    /// @param within nodes found that it has to expand
    boolean isTooWide(int expansions, int within) {
        return expansions >= patience && within > ef + ef / 2;
    }

    boolean isFixed() {
        return most == ef;
    }
}
