package dev.pagoda.vectors.hnsw;

import dev.pagoda.vectors.kernel.Kernel.Measure;

/// How far a walk without a filter goes.
///
/// **A fixed number of nodes** fits no two queries. Around a query the number of nodes within a distance grows with a
/// power of it, the local intrinsic dimension. Where that is low, the `k` nearest are found long before the `ef`
/// nearest are expanded. Where it is high, hundreds of nodes lie hardly farther than the nearest one, no link leads
/// from one of the wanted to the next, and of `ef` nodes too many are others.
///
/// **So distance ends the walk**: it goes on until it has expanded all that is nearer than the `k`-th best,
/// `(ef / k)^(1 / d)` times as far [1], which where the dimension is [#DIMENSION] are about `ef` nodes, elsewhere fewer
/// or more, but at least [#LEAST] of those beyond `k` and at most [#WIDEST] times `ef`. Beside walks of `ef` nodes this
/// takes a tenth to a third fewer distances for the same recall, the more the higher it is.
///
/// [1] Al-Jazzazi et al. 2025, https://arxiv.org/abs/2505.15636, end by such a distance alone
///
/// @param ef       nodes to expand where queries are like the nodes
/// @param k        nodes wanted
/// @param least    nodes to expand at least
/// @param most     nodes to expand at most, where they do not lie equally far
/// @param factor   how much farther than the `k`-th best the walk goes, by the distances of walks, which are squared
///                 but for Manhattan
/// @param patience expansions after which a walk gives way to something else if it has many more than `ef` to expand
record Breadth(int ef, int k, int least, int most, float factor, int patience) {
    /// What queries see in sets of texts and of words.
    private static final double DIMENSION = 24;

    private static final double LEAST = 0.6;

    private static final int WIDEST = 4;

    /// Expansions until the `k` best found are near those to be found.
    private static final int FIRST_LOOK = 32;

    private static final int NEVER = Integer.MAX_VALUE;

    /// So many nodes, whatever their distances.
    static Breadth only(int ef) {
        return new Breadth(ef, ef, ef, ef, 1, NEVER);
    }

    /// To find `k` nodes.
    static Breadth of(int ef, int k, Measure measure) {
        int power = measure == Measure.MANHATTAN ? 1 : 2;
        int least = k + (int) (LEAST * (ef - k));
        int most = (int) Math.min(Integer.MAX_VALUE, (long) WIDEST * ef);
        return new Breadth(ef, k, least, most, (float) Math.pow((double) ef / k, power / DIMENSION), NEVER);
    }

    /// The same for a walk that gives way when it turns out that it takes many more than `ef` nodes.
    Breadth givingWay() {
        return new Breadth(ef, k, least, most, factor, Math.max(FIRST_LOOK, ef / 2));
    }

    /// Whether a walk gives way.
    ///
    /// @param within nodes found that it has to expand
    boolean isTooWide(int expansions, int within) {
        return expansions >= patience && within > ef + ef / 2;
    }

    boolean isFixed() {
        return most == least;
    }
}
