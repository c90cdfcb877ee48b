package dev.pagoda.vectors.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// [Kernel#levels] in the Vector API: a rotation, four masks and four multiply-adds for 64 values.
///
/// The weights of two groups stay in registers while a block of rows is looked at, four rows at a time: what adds up
/// the lanes of four is hardly longer than what adds up those of one.
///
/// No helper takes or returns a vector: where the JIT compiler does not inline one, every vector becomes an
/// object.
final class LevelBounds {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
    private static final VectorSpecies<Float> FOUR = FloatVector.SPECIES_128;
    private static final VectorSpecies<Integer> FOUR_INTS = IntVector.SPECIES_128;
    private static final int LANES = FLOATS.length();
    private static final int GROUP = Levels.GROUP;
    private static final int ONE = 0x3f800000;
    private static final int LOW = 0x7f80;
    private static final int HIGH = 0x7f8000;

    /// Rows looked at before the next weights are, and before their factors are, so that they stay near.
    private static final int BLOCK = 64;

    /// Of two vectors `x` and `y` the lanes `x0 y0 x2 y2 ...` and `x1 y1 x3 y3 ...`.
    private static final IntVector EVEN = chosen(0, 1);

    private static final IntVector ODD = chosen(1, 1);

    /// The lanes `x0 x1 y0 y1 x4 x5 ...` and `x2 x3 y2 y3 x6 x7 ...`.
    private static final IntVector EVEN_PAIRS = chosen(0, 2);

    private static final IntVector ODD_PAIRS = chosen(1, 2);

    private LevelBounds() {}

    /// Runs of `length` lanes, of each two runs the one that `odd` says, by turns of the first and of the second
    /// vector.
    private static IntVector chosen(int odd, int length) {
        int[] lanes = new int[LANES];
        for (int i = 0; i < LANES; i++) {
            int run = i / (2 * length) * 2 * length + odd * length;
            lanes[i] = run + i % length + ((i & length) == 0 ? 0 : LANES);
        }
        return IntVector.fromArray(INTS, lanes, 0);
    }

    static void bounds(float[] weights, float base, int[][] arrays, Grid grid, int[] nodes, int count, float[] out) {
        int groups = Levels.groupsOf(weights);
        int most = Math.min(BLOCK, (count + 3) & ~3);
        float[] sums = new float[most / 4 * LANES];
        int[] factors = new int[2 * most];
        for (int from = 0; from < count; from += BLOCK) {
            int to = Math.min(count, from + BLOCK);
            for (int group = 0; group < groups; group += 2) {
                for (int lane = 0; lane < GROUP; lane += LANES) {
                    add(weights, group, lane, arrays, grid, nodes, from, to, sums, factors);
                }
            }
            finish(base, sums, factors, from, to, out);
        }
    }

    /// Adds up two groups of some rows, or the lanes from `lane` on of these.
    ///
    /// @param sums    of each four rows one lane for one row by turns
    /// @param factors the rows' constants, and in the second half their slopes
    private static void add(
            float[] weights,
            int group,
            int lane,
            int[][] arrays,
            Grid grid,
            int[] nodes,
            int from,
            int to,
            float[] sums,
            int[] factors) {
        int weight = group * Levels.GROUP_WEIGHTS + lane;
        FloatVector first = FloatVector.fromArray(FLOATS, weights, weight);
        FloatVector a = FloatVector.fromArray(FLOATS, weights, weight + GROUP);
        FloatVector b = FloatVector.fromArray(FLOATS, weights, weight + 2 * GROUP);
        FloatVector c = FloatVector.fromArray(FLOATS, weights, weight + 3 * GROUP);
        FloatVector d = FloatVector.fromArray(FLOATS, weights, weight + 4 * GROUP);
        int other = weight + Levels.GROUP_WEIGHTS;
        FloatVector second = FloatVector.fromArray(FLOATS, weights, other);
        FloatVector e = FloatVector.fromArray(FLOATS, weights, other + GROUP);
        FloatVector f = FloatVector.fromArray(FLOATS, weights, other + 2 * GROUP);
        FloatVector g = FloatVector.fromArray(FLOATS, weights, other + 3 * GROUP);
        FloatVector h = FloatVector.fromArray(FLOATS, weights, other + 4 * GROUP);
        boolean adds = group + lane > 0;
        int start = Levels.start(group, grid.stride()) + lane;
        int next = Levels.start(group + 1, grid.stride()) + lane;
        int slope = grid.stride() - 1;
        int last = to - 1;
        int half = factors.length / 2;
        int at = 0;
        int four = 0;
        for (int i = from; i < to; i += 4) {
            int n0 = nodes[i];
            int[] r0 = arrays[grid.array(n0)];
            int o0 = grid.offset(n0);
            int n1 = nodes[Math.min(i + 1, last)];
            int[] r1 = arrays[grid.array(n1)];
            int o1 = grid.offset(n1);
            int n2 = nodes[Math.min(i + 2, last)];
            int[] r2 = arrays[grid.array(n2)];
            int o2 = grid.offset(n2);
            int n3 = nodes[Math.min(i + 3, last)];
            int[] r3 = arrays[grid.array(n3)];
            int o3 = grid.offset(n3);
            IntVector v0 = IntVector.fromArray(INTS, r0, o0 + start);
            IntVector t0 = v0.lanewise(VectorOperators.ROL, 16);
            FloatVector s0 = v0.and(LOW).or(ONE).reinterpretAsFloats().fma(a, first);
            s0 = v0.and(HIGH).or(ONE).reinterpretAsFloats().fma(b, s0);
            s0 = t0.and(LOW).or(ONE).reinterpretAsFloats().fma(c, s0);
            s0 = t0.and(HIGH).or(ONE).reinterpretAsFloats().fma(d, s0);
            IntVector w0 = IntVector.fromArray(INTS, r0, o0 + next);
            IntVector u0 = w0.lanewise(VectorOperators.ROL, 16);
            FloatVector m0 = w0.and(LOW).or(ONE).reinterpretAsFloats().fma(e, second);
            m0 = w0.and(HIGH).or(ONE).reinterpretAsFloats().fma(f, m0);
            m0 = u0.and(LOW).or(ONE).reinterpretAsFloats().fma(g, m0);
            m0 = u0.and(HIGH).or(ONE).reinterpretAsFloats().fma(h, m0);
            IntVector p0 = s0.add(m0).reinterpretAsInts();
            IntVector v1 = IntVector.fromArray(INTS, r1, o1 + start);
            IntVector t1 = v1.lanewise(VectorOperators.ROL, 16);
            FloatVector s1 = v1.and(LOW).or(ONE).reinterpretAsFloats().fma(a, first);
            s1 = v1.and(HIGH).or(ONE).reinterpretAsFloats().fma(b, s1);
            s1 = t1.and(LOW).or(ONE).reinterpretAsFloats().fma(c, s1);
            s1 = t1.and(HIGH).or(ONE).reinterpretAsFloats().fma(d, s1);
            IntVector w1 = IntVector.fromArray(INTS, r1, o1 + next);
            IntVector u1 = w1.lanewise(VectorOperators.ROL, 16);
            FloatVector m1 = w1.and(LOW).or(ONE).reinterpretAsFloats().fma(e, second);
            m1 = w1.and(HIGH).or(ONE).reinterpretAsFloats().fma(f, m1);
            m1 = u1.and(LOW).or(ONE).reinterpretAsFloats().fma(g, m1);
            m1 = u1.and(HIGH).or(ONE).reinterpretAsFloats().fma(h, m1);
            IntVector p1 = s1.add(m1).reinterpretAsInts();
            IntVector v2 = IntVector.fromArray(INTS, r2, o2 + start);
            IntVector t2 = v2.lanewise(VectorOperators.ROL, 16);
            FloatVector s2 = v2.and(LOW).or(ONE).reinterpretAsFloats().fma(a, first);
            s2 = v2.and(HIGH).or(ONE).reinterpretAsFloats().fma(b, s2);
            s2 = t2.and(LOW).or(ONE).reinterpretAsFloats().fma(c, s2);
            s2 = t2.and(HIGH).or(ONE).reinterpretAsFloats().fma(d, s2);
            IntVector w2 = IntVector.fromArray(INTS, r2, o2 + next);
            IntVector u2 = w2.lanewise(VectorOperators.ROL, 16);
            FloatVector m2 = w2.and(LOW).or(ONE).reinterpretAsFloats().fma(e, second);
            m2 = w2.and(HIGH).or(ONE).reinterpretAsFloats().fma(f, m2);
            m2 = u2.and(LOW).or(ONE).reinterpretAsFloats().fma(g, m2);
            m2 = u2.and(HIGH).or(ONE).reinterpretAsFloats().fma(h, m2);
            IntVector p2 = s2.add(m2).reinterpretAsInts();
            IntVector v3 = IntVector.fromArray(INTS, r3, o3 + start);
            IntVector t3 = v3.lanewise(VectorOperators.ROL, 16);
            FloatVector s3 = v3.and(LOW).or(ONE).reinterpretAsFloats().fma(a, first);
            s3 = v3.and(HIGH).or(ONE).reinterpretAsFloats().fma(b, s3);
            s3 = t3.and(LOW).or(ONE).reinterpretAsFloats().fma(c, s3);
            s3 = t3.and(HIGH).or(ONE).reinterpretAsFloats().fma(d, s3);
            IntVector w3 = IntVector.fromArray(INTS, r3, o3 + next);
            IntVector u3 = w3.lanewise(VectorOperators.ROL, 16);
            FloatVector m3 = w3.and(LOW).or(ONE).reinterpretAsFloats().fma(e, second);
            m3 = w3.and(HIGH).or(ONE).reinterpretAsFloats().fma(f, m3);
            m3 = u3.and(LOW).or(ONE).reinterpretAsFloats().fma(g, m3);
            m3 = u3.and(HIGH).or(ONE).reinterpretAsFloats().fma(h, m3);
            IntVector p3 = s3.add(m3).reinterpretAsInts();
            factors[four] = r0[o0 + slope - 1];
            factors[half + four] = r0[o0 + slope];
            factors[four + 1] = r1[o1 + slope - 1];
            factors[half + four + 1] = r1[o1 + slope];
            factors[four + 2] = r2[o2 + slope - 1];
            factors[half + four + 2] = r2[o2 + slope];
            factors[four + 3] = r3[o3 + slope - 1];
            factors[half + four + 3] = r3[o3 + slope];
            IntVector x = EVEN.selectFrom(p0, p1)
                    .reinterpretAsFloats()
                    .add(ODD.selectFrom(p0, p1).reinterpretAsFloats())
                    .reinterpretAsInts();
            IntVector y = EVEN.selectFrom(p2, p3)
                    .reinterpretAsFloats()
                    .add(ODD.selectFrom(p2, p3).reinterpretAsFloats())
                    .reinterpretAsInts();
            FloatVector sum = EVEN_PAIRS
                    .selectFrom(x, y)
                    .reinterpretAsFloats()
                    .add(ODD_PAIRS.selectFrom(x, y).reinterpretAsFloats());
            if (adds) {
                sum = sum.add(FloatVector.fromArray(FLOATS, sums, at));
            }
            sum.intoArray(sums, at);
            at += LANES;
            four += 4;
        }
    }

    /// Makes bounds of the sums of rows.
    private static void finish(float base, float[] sums, int[] factors, int from, int to, float[] out) {
        int half = factors.length / 2;
        int at = 0;
        for (int four = 0; four < to - from; four += 4) {
            FloatVector sum = FloatVector.fromArray(FOUR, sums, at);
            for (int lane = 4; lane < LANES; lane += 4) {
                sum = sum.add(FloatVector.fromArray(FOUR, sums, at + lane));
            }
            FloatVector constant = IntVector.fromArray(FOUR_INTS, factors, four).reinterpretAsFloats();
            FloatVector slope =
                    IntVector.fromArray(FOUR_INTS, factors, half + four).reinterpretAsFloats();
            // in place of what was taken before
            slope.neg().fma(sum, constant.add(base)).intoArray(sums, four);
            at += LANES;
        }
        System.arraycopy(sums, 0, out, from, to - from);
    }
}
