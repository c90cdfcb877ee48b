package dev.pagoda.vectors.kernel;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// The Vector API at the CPU's own width, four sums in flight to hide the latency of the multiply-add. Loaded
/// only when the module `jdk.incubator.vector` is.
///
/// The class is long because each measure has a copy of its loop: the JIT compiler keeps sums in registers only
/// where no branch joins them, and makes objects of vectors that small methods pass.
final class SimdKernel implements Kernel {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, SPECIES.vectorShape());
    private static final VectorSpecies<Byte> BYTES = narrowed(byte.class);
    private static final VectorSpecies<Short> SHORTS = narrowed(short.class);

    /// The butterflies of a transform inside a lane group, partner and sign of each lane. Each is a constant of
    /// its own, since the JIT compiler knows no elements of arrays.
    private static final VectorShuffle<Float> SWAP_1 = swap(1);

    private static final VectorShuffle<Float> SWAP_2 = swap(2);
    private static final VectorShuffle<Float> SWAP_4 = swap(4);
    private static final VectorShuffle<Float> SWAP_8 = swap(8);
    private static final FloatVector SIGNS_1 = signs(1);
    private static final FloatVector SIGNS_2 = signs(2);
    private static final FloatVector SIGNS_4 = signs(4);
    private static final FloatVector SIGNS_8 = signs(8);

    /// Bit `i` in lane `i`.
    private static final IntVector LANE_BITS = IntVector.broadcast(INTS, 1)
            .lanewise(VectorOperators.LSHL, IntVector.zero(INTS).addIndex(1));

    /// From element `i` on 16 ints, of which the last `i` have all bits.
    private static final int[] LAST_LANES = lastLanes();

    private static int[] lastLanes() {
        int[] lanes = new int[32];
        for (int i = 16; i < 32; i++) {
            lanes[i] = -1;
        }
        return lanes;
    }

    /// Whether the dimensions after the last 32 can be taken as a vector that reaches back into these.
    private static boolean isTailWide(int length) {
        return LANES == 16 && length > 32 && (length & 1) == 0;
    }

    private static VectorShuffle<Float> swap(int half) {
        return VectorShuffle.fromOp(SPECIES, lane -> (lane ^ half) & (LANES - 1));
    }

    private static FloatVector signs(int half) {
        float[] signs = new float[LANES];
        for (int lane = 0; lane < LANES; lane++) {
            signs[lane] = (lane & half) == 0 ? 1 : -1;
        }
        return FloatVector.fromArray(SPECIES, signs, 0);
    }

    /// As many lanes of a narrower type; the preferred shape is at least 128 bits wide.
    private static <E> VectorSpecies<E> narrowed(Class<E> type) {
        int bits = (type == byte.class ? Byte.SIZE : Short.SIZE) * LANES;
        return VectorSpecies.of(type, VectorShape.forBitSize(Math.max(64, bits)));
    }

    static int bits() {
        return SPECIES.vectorBitSize();
    }

    @Override
    public float dot(float[] a, int aOffset, float[] b, int bOffset, int length) {
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int i = 0;
        for (int end = length - 4 * LANES; i <= end; i += 4 * LANES) {
            s0 = FloatVector.fromArray(SPECIES, a, aOffset + i).fma(FloatVector.fromArray(SPECIES, b, bOffset + i), s0);
            s1 = FloatVector.fromArray(SPECIES, a, aOffset + i + LANES)
                    .fma(FloatVector.fromArray(SPECIES, b, bOffset + i + LANES), s1);
            s2 = FloatVector.fromArray(SPECIES, a, aOffset + i + 2 * LANES)
                    .fma(FloatVector.fromArray(SPECIES, b, bOffset + i + 2 * LANES), s2);
            s3 = FloatVector.fromArray(SPECIES, a, aOffset + i + 3 * LANES)
                    .fma(FloatVector.fromArray(SPECIES, b, bOffset + i + 3 * LANES), s3);
        }
        for (int end = length - LANES; i <= end; i += LANES) {
            s0 = FloatVector.fromArray(SPECIES, a, aOffset + i).fma(FloatVector.fromArray(SPECIES, b, bOffset + i), s0);
        }
        float sum = s0.add(s1).add(s2.add(s3)).reduceLanes(VectorOperators.ADD);
        for (; i < length; i++) {
            sum += a[aOffset + i] * b[bOffset + i];
        }
        return sum;
    }

    @Override
    public void best(Measure measure, float[] columns, int queries, int length, float[] rows, int count, float[] best) {
        Columns.best(measure, columns, queries, length, rows, count, best);
    }

    @Override
    public float squaredL2(float[] a, int aOffset, float[] b, int bOffset, int length) {
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int i = 0;
        for (int end = length - 4 * LANES; i <= end; i += 4 * LANES) {
            FloatVector d0 =
                    FloatVector.fromArray(SPECIES, a, aOffset + i).sub(FloatVector.fromArray(SPECIES, b, bOffset + i));
            FloatVector d1 = FloatVector.fromArray(SPECIES, a, aOffset + i + LANES)
                    .sub(FloatVector.fromArray(SPECIES, b, bOffset + i + LANES));
            FloatVector d2 = FloatVector.fromArray(SPECIES, a, aOffset + i + 2 * LANES)
                    .sub(FloatVector.fromArray(SPECIES, b, bOffset + i + 2 * LANES));
            FloatVector d3 = FloatVector.fromArray(SPECIES, a, aOffset + i + 3 * LANES)
                    .sub(FloatVector.fromArray(SPECIES, b, bOffset + i + 3 * LANES));
            s0 = d0.fma(d0, s0);
            s1 = d1.fma(d1, s1);
            s2 = d2.fma(d2, s2);
            s3 = d3.fma(d3, s3);
        }
        for (int end = length - LANES; i <= end; i += LANES) {
            FloatVector d =
                    FloatVector.fromArray(SPECIES, a, aOffset + i).sub(FloatVector.fromArray(SPECIES, b, bOffset + i));
            s0 = d.fma(d, s0);
        }
        float sum = s0.add(s1).add(s2.add(s3)).reduceLanes(VectorOperators.ADD);
        for (; i < length; i++) {
            float d = a[aOffset + i] - b[bOffset + i];
            sum += d * d;
        }
        return sum;
    }

    @Override
    public float manhattan(float[] a, int aOffset, float[] b, int bOffset, int length) {
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        int i = 0;
        for (int end = length - 2 * LANES; i <= end; i += 2 * LANES) {
            s0 = FloatVector.fromArray(SPECIES, a, aOffset + i)
                    .sub(FloatVector.fromArray(SPECIES, b, bOffset + i))
                    .abs()
                    .add(s0);
            s1 = FloatVector.fromArray(SPECIES, a, aOffset + i + LANES)
                    .sub(FloatVector.fromArray(SPECIES, b, bOffset + i + LANES))
                    .abs()
                    .add(s1);
        }
        for (int end = length - LANES; i <= end; i += LANES) {
            s0 = FloatVector.fromArray(SPECIES, a, aOffset + i)
                    .sub(FloatVector.fromArray(SPECIES, b, bOffset + i))
                    .abs()
                    .add(s0);
        }
        float sum = s0.add(s1).reduceLanes(VectorOperators.ADD);
        for (; i < length; i++) {
            sum += Math.abs(a[aOffset + i] - b[bOffset + i]);
        }
        return sum;
    }

    @Override
    public void upper(
            Measure measure,
            float[] query,
            int length,
            int[][] arrays,
            Grid grid,
            int[] nodes,
            int from,
            int count,
            float[] out) {
        int end = from + count;
        int i = from;
        switch (measure) {
            case SQUARED_L2 -> {
                for (; i + 3 < end; i += 4) {
                    upperL2Of4(query, length, arrays, grid, nodes, out, i);
                }
                if (isRestOfFour(i - from, end - i)) {
                    upperL2Of4(query, length, arrays, grid, nodes, out, end - 4);
                    i = end;
                }
                for (; i < end; i++) {
                    out[i] = upperL2Of1(query, length, arrays[grid.array(nodes[i])], grid.offset(nodes[i]));
                }
            }
            case DOT -> {
                for (; i + 3 < end; i += 4) {
                    upperDotOf4(query, length, arrays, grid, nodes, out, i);
                }
                if (isRestOfFour(i - from, end - i)) {
                    upperDotOf4(query, length, arrays, grid, nodes, out, end - 4);
                    i = end;
                }
                for (; i < end; i++) {
                    out[i] = upperDotOf1(query, length, arrays[grid.array(nodes[i])], grid.offset(nodes[i]));
                }
            }
            case MANHATTAN -> {
                for (; i < end; i++) {
                    out[i] = upperManhattanOf1(query, length, arrays[grid.array(nodes[i])], grid.offset(nodes[i]));
                }
            }
        }
    }

    /// Whether what is left over of fours is compared as four again, with rows that were compared already: from two
    /// rows on that takes less than one at a time.
    private static boolean isRestOfFour(int compared, int left) {
        return compared > 0 && left > 1;
    }

    /// Four rows at once, so that the misses of the cache overlap. There is a copy for each measure, because
    /// the JIT compiler keeps sums in registers only where no branch joins them.
    private static void upperL2Of4(
            float[] query, int length, int[][] arrays, Grid grid, int[] nodes, float[] out, int at) {
        int[] r0 = arrays[grid.array(nodes[at])];
        int[] r1 = arrays[grid.array(nodes[at + 1])];
        int[] r2 = arrays[grid.array(nodes[at + 2])];
        int[] r3 = arrays[grid.array(nodes[at + 3])];
        int o0 = grid.offset(nodes[at]);
        int o1 = grid.offset(nodes[at + 1]);
        int o2 = grid.offset(nodes[at + 2]);
        int o3 = grid.offset(nodes[at + 3]);
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int whole = length & ~31;
        for (int group = 0; group < whole; group += 32) {
            for (int lane = 0; lane < 16; lane += LANES) {
                FloatVector x = FloatVector.fromArray(SPECIES, query, group + lane);
                FloatVector y = FloatVector.fromArray(SPECIES, query, group + lane + 16);
                int row = (group >>> 1) + lane;
                IntVector v0 = IntVector.fromArray(INTS, r0, o0 + row);
                IntVector v1 = IntVector.fromArray(INTS, r1, o1 + row);
                IntVector v2 = IntVector.fromArray(INTS, r2, o2 + row);
                IntVector v3 = IntVector.fromArray(INTS, r3, o3 + row);
                FloatVector a0 = v0.lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats()
                        .sub(x);
                FloatVector b0 = v0.and(0xffff0000).reinterpretAsFloats().sub(y);
                s0 = b0.fma(b0, a0.fma(a0, s0));
                FloatVector a1 = v1.lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats()
                        .sub(x);
                FloatVector b1 = v1.and(0xffff0000).reinterpretAsFloats().sub(y);
                s1 = b1.fma(b1, a1.fma(a1, s1));
                FloatVector a2 = v2.lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats()
                        .sub(x);
                FloatVector b2 = v2.and(0xffff0000).reinterpretAsFloats().sub(y);
                s2 = b2.fma(b2, a2.fma(a2, s2));
                FloatVector a3 = v3.lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats()
                        .sub(x);
                FloatVector b3 = v3.and(0xffff0000).reinterpretAsFloats().sub(y);
                s3 = b3.fma(b3, a3.fma(a3, s3));
            }
        }
        out[at] = s0.reduceLanes(VectorOperators.ADD);
        out[at + 1] = s1.reduceLanes(VectorOperators.ADD);
        out[at + 2] = s2.reduceLanes(VectorOperators.ADD);
        out[at + 3] = s3.reduceLanes(VectorOperators.ADD);
        if (whole == length) {
            return;
        }
        if (isTailWide(length)) {
            tailL2Of4(query, length, r0, r1, r2, r3, o0, o1, o2, o3, out, at);
        } else {
            out[at] += rest(Measure.SQUARED_L2, query, whole, length, r0, o0);
            out[at + 1] += rest(Measure.SQUARED_L2, query, whole, length, r1, o1);
            out[at + 2] += rest(Measure.SQUARED_L2, query, whole, length, r2, o2);
            out[at + 3] += rest(Measure.SQUARED_L2, query, whole, length, r3, o3);
        }
    }

    /// Adds what the last dimensions give.
    private static void tailL2Of4(
            float[] query,
            int length,
            int[] r0,
            int[] r1,
            int[] r2,
            int[] r3,
            int o0,
            int o1,
            int o2,
            int o3,
            float[] out,
            int at) {
        int half = (length & 31) >>> 1;
        int back = (length >>> 1) - 16;
        IntVector keep = IntVector.fromArray(INTS, LAST_LANES, half);
        FloatVector x = FloatVector.fromArray(SPECIES, query, length - half - 16)
                .reinterpretAsInts()
                .and(keep)
                .reinterpretAsFloats();
        FloatVector y = FloatVector.fromArray(SPECIES, query, length - 16)
                .reinterpretAsInts()
                .and(keep)
                .reinterpretAsFloats();
        IntVector v0 = IntVector.fromArray(INTS, r0, o0 + back).and(keep);
        IntVector v1 = IntVector.fromArray(INTS, r1, o1 + back).and(keep);
        IntVector v2 = IntVector.fromArray(INTS, r2, o2 + back).and(keep);
        IntVector v3 = IntVector.fromArray(INTS, r3, o3 + back).and(keep);
        FloatVector a0 =
                v0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().sub(x);
        FloatVector b0 = v0.and(0xffff0000).reinterpretAsFloats().sub(y);
        out[at + 0] += a0.mul(a0).add(b0.mul(b0)).reduceLanes(VectorOperators.ADD);
        FloatVector a1 =
                v1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().sub(x);
        FloatVector b1 = v1.and(0xffff0000).reinterpretAsFloats().sub(y);
        out[at + 1] += a1.mul(a1).add(b1.mul(b1)).reduceLanes(VectorOperators.ADD);
        FloatVector a2 =
                v2.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().sub(x);
        FloatVector b2 = v2.and(0xffff0000).reinterpretAsFloats().sub(y);
        out[at + 2] += a2.mul(a2).add(b2.mul(b2)).reduceLanes(VectorOperators.ADD);
        FloatVector a3 =
                v3.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().sub(x);
        FloatVector b3 = v3.and(0xffff0000).reinterpretAsFloats().sub(y);
        out[at + 3] += a3.mul(a3).add(b3.mul(b3)).reduceLanes(VectorOperators.ADD);
    }

    private static void upperDotOf4(
            float[] query, int length, int[][] arrays, Grid grid, int[] nodes, float[] out, int at) {
        int[] r0 = arrays[grid.array(nodes[at])];
        int[] r1 = arrays[grid.array(nodes[at + 1])];
        int[] r2 = arrays[grid.array(nodes[at + 2])];
        int[] r3 = arrays[grid.array(nodes[at + 3])];
        int o0 = grid.offset(nodes[at]);
        int o1 = grid.offset(nodes[at + 1]);
        int o2 = grid.offset(nodes[at + 2]);
        int o3 = grid.offset(nodes[at + 3]);
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int whole = length & ~31;
        for (int group = 0; group < whole; group += 32) {
            for (int lane = 0; lane < 16; lane += LANES) {
                FloatVector x = FloatVector.fromArray(SPECIES, query, group + lane);
                FloatVector y = FloatVector.fromArray(SPECIES, query, group + lane + 16);
                int row = (group >>> 1) + lane;
                IntVector v0 = IntVector.fromArray(INTS, r0, o0 + row);
                IntVector v1 = IntVector.fromArray(INTS, r1, o1 + row);
                IntVector v2 = IntVector.fromArray(INTS, r2, o2 + row);
                IntVector v3 = IntVector.fromArray(INTS, r3, o3 + row);
                s0 = v0.and(0xffff0000)
                        .reinterpretAsFloats()
                        .fma(
                                y,
                                v0.lanewise(VectorOperators.LSHL, 16)
                                        .reinterpretAsFloats()
                                        .fma(x, s0));
                s1 = v1.and(0xffff0000)
                        .reinterpretAsFloats()
                        .fma(
                                y,
                                v1.lanewise(VectorOperators.LSHL, 16)
                                        .reinterpretAsFloats()
                                        .fma(x, s1));
                s2 = v2.and(0xffff0000)
                        .reinterpretAsFloats()
                        .fma(
                                y,
                                v2.lanewise(VectorOperators.LSHL, 16)
                                        .reinterpretAsFloats()
                                        .fma(x, s2));
                s3 = v3.and(0xffff0000)
                        .reinterpretAsFloats()
                        .fma(
                                y,
                                v3.lanewise(VectorOperators.LSHL, 16)
                                        .reinterpretAsFloats()
                                        .fma(x, s3));
            }
        }
        out[at] = s0.reduceLanes(VectorOperators.ADD);
        out[at + 1] = s1.reduceLanes(VectorOperators.ADD);
        out[at + 2] = s2.reduceLanes(VectorOperators.ADD);
        out[at + 3] = s3.reduceLanes(VectorOperators.ADD);
        if (whole == length) {
            return;
        }
        if (isTailWide(length)) {
            tailDotOf4(query, length, r0, r1, r2, r3, o0, o1, o2, o3, out, at);
        } else {
            out[at] += rest(Measure.DOT, query, whole, length, r0, o0);
            out[at + 1] += rest(Measure.DOT, query, whole, length, r1, o1);
            out[at + 2] += rest(Measure.DOT, query, whole, length, r2, o2);
            out[at + 3] += rest(Measure.DOT, query, whole, length, r3, o3);
        }
    }

    /// Adds what the last dimensions give.
    private static void tailDotOf4(
            float[] query,
            int length,
            int[] r0,
            int[] r1,
            int[] r2,
            int[] r3,
            int o0,
            int o1,
            int o2,
            int o3,
            float[] out,
            int at) {
        int half = (length & 31) >>> 1;
        int back = (length >>> 1) - 16;
        IntVector keep = IntVector.fromArray(INTS, LAST_LANES, half);
        FloatVector x = FloatVector.fromArray(SPECIES, query, length - half - 16)
                .reinterpretAsInts()
                .and(keep)
                .reinterpretAsFloats();
        FloatVector y = FloatVector.fromArray(SPECIES, query, length - 16)
                .reinterpretAsInts()
                .and(keep)
                .reinterpretAsFloats();
        IntVector v0 = IntVector.fromArray(INTS, r0, o0 + back).and(keep);
        IntVector v1 = IntVector.fromArray(INTS, r1, o1 + back).and(keep);
        IntVector v2 = IntVector.fromArray(INTS, r2, o2 + back).and(keep);
        IntVector v3 = IntVector.fromArray(INTS, r3, o3 + back).and(keep);
        out[at + 0] += v0.lanewise(VectorOperators.LSHL, 16)
                .reinterpretAsFloats()
                .mul(x)
                .add(v0.and(0xffff0000).reinterpretAsFloats().mul(y))
                .reduceLanes(VectorOperators.ADD);
        out[at + 1] += v1.lanewise(VectorOperators.LSHL, 16)
                .reinterpretAsFloats()
                .mul(x)
                .add(v1.and(0xffff0000).reinterpretAsFloats().mul(y))
                .reduceLanes(VectorOperators.ADD);
        out[at + 2] += v2.lanewise(VectorOperators.LSHL, 16)
                .reinterpretAsFloats()
                .mul(x)
                .add(v2.and(0xffff0000).reinterpretAsFloats().mul(y))
                .reduceLanes(VectorOperators.ADD);
        out[at + 3] += v3.lanewise(VectorOperators.LSHL, 16)
                .reinterpretAsFloats()
                .mul(x)
                .add(v3.and(0xffff0000).reinterpretAsFloats().mul(y))
                .reduceLanes(VectorOperators.ADD);
    }

    private static float upperL2Of1(float[] query, int length, int[] rows, int offset) {
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        int whole = length & ~31;
        for (int group = 0; group < whole; group += 32) {
            for (int lane = 0; lane < 16; lane += LANES) {
                IntVector v = IntVector.fromArray(INTS, rows, offset + (group >>> 1) + lane);
                FloatVector a = v.lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats()
                        .sub(FloatVector.fromArray(SPECIES, query, group + lane));
                FloatVector b = v.and(0xffff0000)
                        .reinterpretAsFloats()
                        .sub(FloatVector.fromArray(SPECIES, query, group + lane + 16));
                s0 = a.fma(a, s0);
                s1 = b.fma(b, s1);
            }
        }
        float sum = s0.add(s1).reduceLanes(VectorOperators.ADD);
        if (whole == length) {
            return sum;
        }
        return isTailWide(length)
                ? sum + tailL2Of1(query, length, rows, offset)
                : sum + rest(Measure.SQUARED_L2, query, whole, length, rows, offset);
    }

    private static float tailL2Of1(float[] query, int length, int[] rows, int offset) {
        int half = (length & 31) >>> 1;
        IntVector keep = IntVector.fromArray(INTS, LAST_LANES, half);
        IntVector v =
                IntVector.fromArray(INTS, rows, offset + (length >>> 1) - 16).and(keep);
        FloatVector x = FloatVector.fromArray(SPECIES, query, length - half - 16)
                .reinterpretAsInts()
                .and(keep)
                .reinterpretAsFloats();
        FloatVector y = FloatVector.fromArray(SPECIES, query, length - 16)
                .reinterpretAsInts()
                .and(keep)
                .reinterpretAsFloats();
        FloatVector a =
                v.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().sub(x);
        FloatVector b = v.and(0xffff0000).reinterpretAsFloats().sub(y);
        return a.mul(a).add(b.mul(b)).reduceLanes(VectorOperators.ADD);
    }

    private static float upperDotOf1(float[] query, int length, int[] rows, int offset) {
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        int whole = length & ~31;
        for (int group = 0; group < whole; group += 32) {
            for (int lane = 0; lane < 16; lane += LANES) {
                IntVector v = IntVector.fromArray(INTS, rows, offset + (group >>> 1) + lane);
                s0 = v.lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats()
                        .fma(FloatVector.fromArray(SPECIES, query, group + lane), s0);
                s1 = v.and(0xffff0000)
                        .reinterpretAsFloats()
                        .fma(FloatVector.fromArray(SPECIES, query, group + lane + 16), s1);
            }
        }
        float sum = s0.add(s1).reduceLanes(VectorOperators.ADD);
        if (whole == length) {
            return sum;
        }
        return isTailWide(length)
                ? sum + tailDotOf1(query, length, rows, offset)
                : sum + rest(Measure.DOT, query, whole, length, rows, offset);
    }

    private static float tailDotOf1(float[] query, int length, int[] rows, int offset) {
        int half = (length & 31) >>> 1;
        IntVector keep = IntVector.fromArray(INTS, LAST_LANES, half);
        IntVector v =
                IntVector.fromArray(INTS, rows, offset + (length >>> 1) - 16).and(keep);
        FloatVector x = FloatVector.fromArray(SPECIES, query, length - half - 16)
                .reinterpretAsInts()
                .and(keep)
                .reinterpretAsFloats();
        FloatVector y = FloatVector.fromArray(SPECIES, query, length - 16)
                .reinterpretAsInts()
                .and(keep)
                .reinterpretAsFloats();
        FloatVector low = v.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
        return low.mul(x).add(v.and(0xffff0000).reinterpretAsFloats().mul(y)).reduceLanes(VectorOperators.ADD);
    }

    private static float upperManhattanOf1(float[] query, int length, int[] rows, int offset) {
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        int whole = length & ~31;
        for (int group = 0; group < whole; group += 32) {
            for (int lane = 0; lane < 16; lane += LANES) {
                IntVector v = IntVector.fromArray(INTS, rows, offset + (group >>> 1) + lane);
                s0 = v.lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats()
                        .sub(FloatVector.fromArray(SPECIES, query, group + lane))
                        .abs()
                        .add(s0);
                s1 = v.and(0xffff0000)
                        .reinterpretAsFloats()
                        .sub(FloatVector.fromArray(SPECIES, query, group + lane + 16))
                        .abs()
                        .add(s1);
            }
        }
        float sum = s0.add(s1).reduceLanes(VectorOperators.ADD);
        return whole < length ? sum + rest(Measure.MANHATTAN, query, whole, length, rows, offset) : sum;
    }

    private static float rest(Measure measure, float[] query, int whole, int length, int[] rows, int offset) {
        int half = (length - whole + 1) >>> 1;
        int row = offset + (whole >>> 1);
        float sum = 0;
        for (int i = 0; i < half; i++) {
            int v = rows[row + i];
            sum += ScalarKernel.term(measure, query[whole + i], Float.intBitsToFloat(v << 16));
            if (whole + half + i < length) {
                float other = Float.intBitsToFloat(v & 0xffff0000);
                sum += ScalarKernel.term(measure, query[whole + half + i], other);
            }
        }
        return sum;
    }

    @Override
    public float whole(
            Measure measure, float[] query, int length, int[] upper, int[] lower, int upperOffset, int lowerOffset) {
        float sum = switch (measure) {
            case SQUARED_L2 -> wholeL2(query, length, upper, lower, upperOffset, lowerOffset);
            case DOT -> wholeDot(query, length, upper, lower, upperOffset, lowerOffset);
            case MANHATTAN -> wholeManhattan(query, length, upper, lower, upperOffset, lowerOffset);
        };
        int whole = length & ~31;
        int half = (length - whole + 1) >>> 1;
        for (int i = 0; whole + i < length; i++) {
            int column = (whole >>> 1) + (i < half ? i : i - half);
            int high = upper[upperOffset + column];
            int low = lower[lowerOffset + column];
            int bits = i < half ? (high << 16) + (short) low : (high & 0xffff0000) + (low >> 16);
            sum += ScalarKernel.term(measure, query[whole + i], Float.intBitsToFloat(bits));
        }
        return sum;
    }

    private static float wholeL2(
            float[] query, int length, int[] upper, int[] lower, int upperOffset, int lowerOffset) {
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        int whole = length & ~31;
        for (int group = 0; group < whole; group += 32) {
            for (int lane = 0; lane < 16; lane += LANES) {
                int column = (group >>> 1) + lane;
                IntVector u = IntVector.fromArray(INTS, upper, upperOffset + column);
                IntVector l = IntVector.fromArray(INTS, lower, lowerOffset + column);
                FloatVector a = u.lanewise(VectorOperators.LSHL, 16)
                        .add(l.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                        .reinterpretAsFloats();
                FloatVector b = u.and(0xffff0000)
                        .add(l.lanewise(VectorOperators.ASHR, 16))
                        .reinterpretAsFloats();
                FloatVector x = FloatVector.fromArray(SPECIES, query, group + lane);
                FloatVector y = FloatVector.fromArray(SPECIES, query, group + lane + 16);
                FloatVector c = a.sub(x);
                FloatVector d = b.sub(y);
                s0 = c.fma(c, s0);
                s1 = d.fma(d, s1);
            }
        }
        return s0.add(s1).reduceLanes(VectorOperators.ADD);
    }

    private static float wholeDot(
            float[] query, int length, int[] upper, int[] lower, int upperOffset, int lowerOffset) {
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        int whole = length & ~31;
        for (int group = 0; group < whole; group += 32) {
            for (int lane = 0; lane < 16; lane += LANES) {
                int column = (group >>> 1) + lane;
                IntVector u = IntVector.fromArray(INTS, upper, upperOffset + column);
                IntVector l = IntVector.fromArray(INTS, lower, lowerOffset + column);
                FloatVector a = u.lanewise(VectorOperators.LSHL, 16)
                        .add(l.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                        .reinterpretAsFloats();
                FloatVector b = u.and(0xffff0000)
                        .add(l.lanewise(VectorOperators.ASHR, 16))
                        .reinterpretAsFloats();
                FloatVector x = FloatVector.fromArray(SPECIES, query, group + lane);
                FloatVector y = FloatVector.fromArray(SPECIES, query, group + lane + 16);
                s0 = a.fma(x, s0);
                s1 = b.fma(y, s1);
            }
        }
        return s0.add(s1).reduceLanes(VectorOperators.ADD);
    }

    private static float wholeManhattan(
            float[] query, int length, int[] upper, int[] lower, int upperOffset, int lowerOffset) {
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        int whole = length & ~31;
        for (int group = 0; group < whole; group += 32) {
            for (int lane = 0; lane < 16; lane += LANES) {
                int column = (group >>> 1) + lane;
                IntVector u = IntVector.fromArray(INTS, upper, upperOffset + column);
                IntVector l = IntVector.fromArray(INTS, lower, lowerOffset + column);
                FloatVector a = u.lanewise(VectorOperators.LSHL, 16)
                        .add(l.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                        .reinterpretAsFloats();
                FloatVector b = u.and(0xffff0000)
                        .add(l.lanewise(VectorOperators.ASHR, 16))
                        .reinterpretAsFloats();
                FloatVector x = FloatVector.fromArray(SPECIES, query, group + lane);
                FloatVector y = FloatVector.fromArray(SPECIES, query, group + lane + 16);
                s0 = a.sub(x).abs().add(s0);
                s1 = b.sub(y).abs().add(s1);
            }
        }
        return s0.add(s1).reduceLanes(VectorOperators.ADD);
    }

    @Override
    public void join(int length, int[] upper, int[] lower, int upperOffset, int lowerOffset, float[] out) {
        int whole = length & ~31;
        for (int group = 0; group < whole; group += 32) {
            for (int lane = 0; lane < 16; lane += LANES) {
                int column = (group >>> 1) + lane;
                IntVector u = IntVector.fromArray(INTS, upper, upperOffset + column);
                IntVector l = IntVector.fromArray(INTS, lower, lowerOffset + column);
                u.lanewise(VectorOperators.LSHL, 16)
                        .add(l.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                        .reinterpretAsFloats()
                        .intoArray(out, group + lane);
                u.and(0xffff0000)
                        .add(l.lanewise(VectorOperators.ASHR, 16))
                        .reinterpretAsFloats()
                        .intoArray(out, group + lane + 16);
            }
        }
        ScalarKernel.join(whole, length, upper, lower, upperOffset, lowerOffset, out);
    }

    @Override
    public void widen(int length, int[] upper, int offset, float[] out) {
        int whole = length & ~31;
        for (int group = 0; group < whole; group += 32) {
            for (int lane = 0; lane < 16; lane += LANES) {
                IntVector v = IntVector.fromArray(INTS, upper, offset + (group >>> 1) + lane);
                v.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoArray(out, group + lane);
                v.and(0xffff0000).reinterpretAsFloats().intoArray(out, group + lane + 16);
            }
        }
        ScalarKernel.widen(whole, length, upper, offset, out);
    }

    @Override
    public void bytes(
            Measure measure,
            float[] query,
            int length,
            byte[][] arrays,
            Grid grid,
            int[] nodes,
            int from,
            int count,
            float[] out) {
        for (int n = from; n < from + count; n++) {
            byte[] rows = arrays[grid.array(nodes[n])];
            int offset = grid.offset(nodes[n]);
            float origin = (float) ScalarKernel.FLOATS.get(rows, offset + grid.stride() - 8);
            float step = (float) ScalarKernel.FLOATS.get(rows, offset + grid.stride() - 4);
            FloatVector steps = FloatVector.broadcast(SPECIES, step);
            FloatVector origins = FloatVector.broadcast(SPECIES, origin);
            FloatVector sums = FloatVector.zero(SPECIES);
            int i = 0;
            for (int end = length - LANES; i <= end; i += LANES) {
                FloatVector u = (FloatVector) ByteVector.fromArray(BYTES, rows, offset + i)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0)
                        .convert(VectorOperators.I2F, 0);
                sums = accumulate(measure, u.fma(steps, origins), FloatVector.fromArray(SPECIES, query, i), sums);
            }
            float sum = sums.reduceLanes(VectorOperators.ADD);
            for (; i < length; i++) {
                sum += ScalarKernel.term(measure, query[i], Math.fma(step, rows[offset + i] & 0xff, origin));
            }
            out[n] = sum;
        }
    }

    @Override
    public void halfFloats(
            Measure measure,
            float[] query,
            int length,
            short[][] arrays,
            Grid grid,
            int[] nodes,
            int from,
            int count,
            float[] out) {
        for (int n = from; n < from + count; n++) {
            short[] rows = arrays[grid.array(nodes[n])];
            int offset = grid.offset(nodes[n]);
            FloatVector sums = FloatVector.zero(SPECIES);
            int i = 0;
            for (int end = length - LANES; i <= end; i += LANES) {
                IntVector bits = (IntVector) ShortVector.fromArray(SHORTS, rows, offset + i)
                        .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
                // exponent and mantissa in place, the exponent's bias made up for by a product, which is exact
                FloatVector magnitude = bits.and(0x7fff)
                        .lanewise(VectorOperators.LSHL, 13)
                        .reinterpretAsFloats()
                        .mul(0x1p112f);
                FloatVector value = magnitude
                        .reinterpretAsInts()
                        .or(bits.and(0x8000).lanewise(VectorOperators.LSHL, 16))
                        .reinterpretAsFloats();
                sums = accumulate(measure, value, FloatVector.fromArray(SPECIES, query, i), sums);
            }
            float sum = sums.reduceLanes(VectorOperators.ADD);
            for (; i < length; i++) {
                sum += ScalarKernel.term(measure, query[i], Float.float16ToFloat(rows[offset + i]));
            }
            out[n] = sum;
        }
    }

    @Override
    public int estimate(
            int[] block,
            int offset,
            int lines,
            byte[] table,
            float step,
            float origin,
            float base,
            float below,
            float[] out,
            int outOffset) {
        return LANES == 16 && lines <= EdgeCodes512.MAX_LINES
                ? EdgeCodes512.estimate(block, offset, lines, table, step, origin, base, below, out, outOffset)
                : EdgeCodes128.estimate(block, offset, lines, table, step, origin, base, below, out, outOffset);
    }

    @Override
    public void levels(float[] weights, float base, int[][] arrays, Grid grid, int[] nodes, int count, float[] out) {
        LevelBounds.bounds(weights, base, arrays, grid, nodes, count, out);
    }

    @Override
    public void edge(float[] centre, float[] neighbour, int from, int to, int[] bits, float[] sums) {
        FloatVector squares = FloatVector.zero(SPECIES);
        FloatVector magnitudes = squares;
        FloatVector signed = squares;
        FloatVector products = squares;
        for (int start = from; start < to; start += 16) {
            int signs = 0;
            for (int lane = 0; lane < 16; lane += LANES) {
                FloatVector c = FloatVector.fromArray(SPECIES, centre, start + lane);
                FloatVector r =
                        FloatVector.fromArray(SPECIES, neighbour, start + lane).sub(c);
                squares = r.fma(r, squares);
                magnitudes = magnitudes.add(r.abs());
                products = r.fma(c, products);
                IntVector sign = r.reinterpretAsInts();
                signed = signed.add(sign.and(0x80000000)
                        .lanewise(VectorOperators.XOR, c.reinterpretAsInts())
                        .reinterpretAsFloats());
                int positive = LANE_BITS
                        .lanewise(VectorOperators.AND_NOT, sign.lanewise(VectorOperators.ASHR, 31))
                        .reduceLanes(VectorOperators.OR);
                signs |= positive << lane;
            }
            bits[start >>> 4] = signs;
        }
        sums[0] += squares.reduceLanes(VectorOperators.ADD);
        sums[1] += magnitudes.reduceLanes(VectorOperators.ADD);
        sums[2] += signed.reduceLanes(VectorOperators.ADD);
        sums[3] += products.reduceLanes(VectorOperators.ADD);
    }

    @Override
    public void fillTable(float[] rotated, int length, float scale, byte[] table) {
        if (LANES == 16) {
            EdgeCodes512.fillTable(rotated, length, scale, table);
        } else {
            ScalarKernel.INSTANCE.fillTable(rotated, length, scale, table);
        }
    }

    @Override
    public void rotate(float[] values, float[] signs, int offset, int length) {
        int end = offset + length;
        float norm = (float) (1 / Math.sqrt(length));
        for (int i = offset; i < end; i += LANES) {
            FloatVector v = FloatVector.fromArray(SPECIES, values, i)
                    .mul(FloatVector.fromArray(SPECIES, signs, i))
                    .mul(norm);
            v = v.fma(SIGNS_1, v.rearrange(SWAP_1));
            v = v.fma(SIGNS_2, v.rearrange(SWAP_2));
            if (LANES > 4) {
                v = v.fma(SIGNS_4, v.rearrange(SWAP_4));
            }
            if (LANES > 8) {
                v = v.fma(SIGNS_8, v.rearrange(SWAP_8));
            }
            v.intoArray(values, i);
        }
        int half = LANES;
        // two steps at a time, as storing and loading takes longer than the sums
        for (; 2 * half < length; half <<= 2) {
            for (int i = offset; i < end; i += 4 * half) {
                for (int j = i; j < i + half; j += LANES) {
                    FloatVector a = FloatVector.fromArray(SPECIES, values, j);
                    FloatVector b = FloatVector.fromArray(SPECIES, values, j + half);
                    FloatVector c = FloatVector.fromArray(SPECIES, values, j + 2 * half);
                    FloatVector d = FloatVector.fromArray(SPECIES, values, j + 3 * half);
                    FloatVector e = a.add(b);
                    FloatVector f = a.sub(b);
                    FloatVector g = c.add(d);
                    FloatVector h = c.sub(d);
                    e.add(g).intoArray(values, j);
                    f.add(h).intoArray(values, j + half);
                    e.sub(g).intoArray(values, j + 2 * half);
                    f.sub(h).intoArray(values, j + 3 * half);
                }
            }
        }
        if (half < length) {
            for (int j = offset; j < offset + half; j += LANES) {
                FloatVector a = FloatVector.fromArray(SPECIES, values, j);
                FloatVector b = FloatVector.fromArray(SPECIES, values, j + half);
                a.add(b).intoArray(values, j);
                a.sub(b).intoArray(values, j + half);
            }
        }
    }

    /// One term of each lane's sum. For loops that are not hot: the others have no helper that takes vectors,
    /// because where the JIT compiler does not inline one, every vector becomes an object.
    private static FloatVector accumulate(Measure measure, FloatVector row, FloatVector query, FloatVector sum) {
        FloatVector d = row.sub(query);
        return switch (measure) {
            case SQUARED_L2 -> d.fma(d, sum);
            case DOT -> row.fma(query, sum);
            case MANHATTAN -> d.abs().add(sum);
        };
    }

    @Override
    public String name() {
        return "simd-" + bits();
    }
}
