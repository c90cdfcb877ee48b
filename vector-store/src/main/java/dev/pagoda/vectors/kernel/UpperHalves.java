package dev.pagoda.vectors.kernel;

import dev.pagoda.vectors.kernel.Kernel.Measure;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// [Kernel#upper] in the Vector API: a query against the upper halves of the floats of rows, of which an int holds two.
///
/// Four rows at once, so that the misses of the cache overlap. Each measure has copies of its loop, with a wide tail
/// and without: the JIT compiler keeps sums in registers only where no branch joins them, and makes objects of
/// vectors that small methods pass.
final class UpperHalves {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Float> FOUR = FloatVector.SPECIES_128;
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, SPECIES.vectorShape());
    private static final int LANES = SPECIES.length();
    private static final int HIGH = 0xffff0000;

    /// From element `i` on 16 ints, of which the last `i` have all bits.
    private static final int[] LAST_LANES = lastLanes();

    private UpperHalves() {}

    private static int[] lastLanes() {
        int[] lanes = new int[32];
        for (int i = 16; i < 32; i++) {
            lanes[i] = -1;
        }
        return lanes;
    }

    static void compare(
            Measure measure,
            float[] query,
            int length,
            int[][] arrays,
            Grid grid,
            int[] nodes,
            int from,
            int count,
            float[] out) {
        if (count > 3 && ShortHalves.takes(length)) {
            ShortHalves.compare(measure, query, length, arrays, grid, nodes, from, count, out);
            return;
        }
        int end = from + count;
        int i = from;
        switch (measure) {
            case SQUARED_L2 -> {
                for (; i + 3 < end; i += 4) {
                    fourL2(query, length, arrays, grid, nodes, out, i);
                }
                if (isRestOfFour(i - from, end - i)) {
                    fourL2(query, length, arrays, grid, nodes, out, end - 4);
                    i = end;
                }
                for (; i < end; i++) {
                    out[i] = oneL2(query, length, arrays[grid.array(nodes[i])], grid.offset(nodes[i]));
                }
            }
            case DOT -> {
                for (; i + 3 < end; i += 4) {
                    fourDot(query, length, arrays, grid, nodes, out, i);
                }
                if (isRestOfFour(i - from, end - i)) {
                    fourDot(query, length, arrays, grid, nodes, out, end - 4);
                    i = end;
                }
                for (; i < end; i++) {
                    out[i] = oneDot(query, length, arrays[grid.array(nodes[i])], grid.offset(nodes[i]));
                }
            }
            case MANHATTAN -> {
                for (; i < end; i++) {
                    out[i] = oneManhattan(query, length, arrays[grid.array(nodes[i])], grid.offset(nodes[i]));
                }
            }
        }
    }

    /// Whether what is left over of fours is compared as four again, with rows that were compared already: from two
    /// rows on that takes less than one at a time.
    private static boolean isRestOfFour(int compared, int left) {
        return compared > 0 && left > 1;
    }

    /// Whether there are dimensions after the last 32 that can be taken as a vector which reaches back into these.
    private static boolean hasWideTail(int length) {
        return LANES == 16 && length > 32 && (length & 31) != 0 && (length & 1) == 0;
    }

    private static void fourL2(float[] query, int length, int[][] arrays, Grid grid, int[] nodes, float[] out, int at) {
        if (hasWideTail(length)) {
            fourWideL2(query, length, arrays, grid, nodes, out, at);
            return;
        }
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
                FloatVector b0 = v0.and(HIGH).reinterpretAsFloats().sub(y);
                s0 = b0.fma(b0, a0.fma(a0, s0));
                FloatVector a1 = v1.lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats()
                        .sub(x);
                FloatVector b1 = v1.and(HIGH).reinterpretAsFloats().sub(y);
                s1 = b1.fma(b1, a1.fma(a1, s1));
                FloatVector a2 = v2.lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats()
                        .sub(x);
                FloatVector b2 = v2.and(HIGH).reinterpretAsFloats().sub(y);
                s2 = b2.fma(b2, a2.fma(a2, s2));
                FloatVector a3 = v3.lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats()
                        .sub(x);
                FloatVector b3 = v3.and(HIGH).reinterpretAsFloats().sub(y);
                s3 = b3.fma(b3, a3.fma(a3, s3));
            }
        }
        FloatVector first =
                s0.blend(s1, LaneSums.ODD).add(s1.blend(s0, LaneSums.ODD).rearrange(LaneSums.SWAP_1));
        FloatVector last =
                s2.blend(s3, LaneSums.ODD).add(s3.blend(s2, LaneSums.ODD).rearrange(LaneSums.SWAP_1));
        FloatVector all = first.blend(last, LaneSums.ODD_PAIRS)
                .add(last.blend(first, LaneSums.ODD_PAIRS).rearrange(LaneSums.SWAP_2));
        if (LANES > 8) {
            all = all.add(all.rearrange(LaneSums.SWAP_8));
        }
        if (LANES > 4) {
            all = all.add(all.rearrange(LaneSums.SWAP_4));
        }
        ((FloatVector) all.reinterpretShape(FOUR, 0)).intoArray(out, at);
        if (whole < length) {
            out[at] += rest(Measure.SQUARED_L2, query, whole, length, r0, o0);
            out[at + 1] += rest(Measure.SQUARED_L2, query, whole, length, r1, o1);
            out[at + 2] += rest(Measure.SQUARED_L2, query, whole, length, r2, o2);
            out[at + 3] += rest(Measure.SQUARED_L2, query, whole, length, r3, o3);
        }
    }

    /// The tail first, then whole groups.
    private static void fourWideL2(
            float[] query, int length, int[][] arrays, Grid grid, int[] nodes, float[] out, int at) {
        int[] r0 = arrays[grid.array(nodes[at])];
        int[] r1 = arrays[grid.array(nodes[at + 1])];
        int[] r2 = arrays[grid.array(nodes[at + 2])];
        int[] r3 = arrays[grid.array(nodes[at + 3])];
        int o0 = grid.offset(nodes[at]);
        int o1 = grid.offset(nodes[at + 1]);
        int o2 = grid.offset(nodes[at + 2]);
        int o3 = grid.offset(nodes[at + 3]);
        int half = (length & 31) >>> 1;
        int back = (length >>> 1) - 16;
        IntVector keep = IntVector.fromArray(INTS, LAST_LANES, half);
        FloatVector u = FloatVector.fromArray(SPECIES, query, length - half - 16)
                .reinterpretAsInts()
                .and(keep)
                .reinterpretAsFloats();
        FloatVector w = FloatVector.fromArray(SPECIES, query, length - 16)
                .reinterpretAsInts()
                .and(keep)
                .reinterpretAsFloats();
        IntVector t0 = IntVector.fromArray(INTS, r0, o0 + back).and(keep);
        IntVector t1 = IntVector.fromArray(INTS, r1, o1 + back).and(keep);
        IntVector t2 = IntVector.fromArray(INTS, r2, o2 + back).and(keep);
        IntVector t3 = IntVector.fromArray(INTS, r3, o3 + back).and(keep);
        FloatVector c0 =
                t0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().sub(u);
        FloatVector d0 = t0.and(HIGH).reinterpretAsFloats().sub(w);
        FloatVector s0 = d0.fma(d0, c0.mul(c0));
        FloatVector c1 =
                t1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().sub(u);
        FloatVector d1 = t1.and(HIGH).reinterpretAsFloats().sub(w);
        FloatVector s1 = d1.fma(d1, c1.mul(c1));
        FloatVector c2 =
                t2.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().sub(u);
        FloatVector d2 = t2.and(HIGH).reinterpretAsFloats().sub(w);
        FloatVector s2 = d2.fma(d2, c2.mul(c2));
        FloatVector c3 =
                t3.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().sub(u);
        FloatVector d3 = t3.and(HIGH).reinterpretAsFloats().sub(w);
        FloatVector s3 = d3.fma(d3, c3.mul(c3));
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
                FloatVector b0 = v0.and(HIGH).reinterpretAsFloats().sub(y);
                s0 = b0.fma(b0, a0.fma(a0, s0));
                FloatVector a1 = v1.lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats()
                        .sub(x);
                FloatVector b1 = v1.and(HIGH).reinterpretAsFloats().sub(y);
                s1 = b1.fma(b1, a1.fma(a1, s1));
                FloatVector a2 = v2.lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats()
                        .sub(x);
                FloatVector b2 = v2.and(HIGH).reinterpretAsFloats().sub(y);
                s2 = b2.fma(b2, a2.fma(a2, s2));
                FloatVector a3 = v3.lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats()
                        .sub(x);
                FloatVector b3 = v3.and(HIGH).reinterpretAsFloats().sub(y);
                s3 = b3.fma(b3, a3.fma(a3, s3));
            }
        }
        FloatVector first =
                s0.blend(s1, LaneSums.ODD).add(s1.blend(s0, LaneSums.ODD).rearrange(LaneSums.SWAP_1));
        FloatVector last =
                s2.blend(s3, LaneSums.ODD).add(s3.blend(s2, LaneSums.ODD).rearrange(LaneSums.SWAP_1));
        FloatVector all = first.blend(last, LaneSums.ODD_PAIRS)
                .add(last.blend(first, LaneSums.ODD_PAIRS).rearrange(LaneSums.SWAP_2));
        if (LANES > 8) {
            all = all.add(all.rearrange(LaneSums.SWAP_8));
        }
        if (LANES > 4) {
            all = all.add(all.rearrange(LaneSums.SWAP_4));
        }
        ((FloatVector) all.reinterpretShape(FOUR, 0)).intoArray(out, at);
    }

    private static void fourDot(
            float[] query, int length, int[][] arrays, Grid grid, int[] nodes, float[] out, int at) {
        if (hasWideTail(length)) {
            fourWideDot(query, length, arrays, grid, nodes, out, at);
            return;
        }
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
                s0 = v0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, s0);
                s0 = v0.and(HIGH).reinterpretAsFloats().fma(y, s0);
                s1 = v1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, s1);
                s1 = v1.and(HIGH).reinterpretAsFloats().fma(y, s1);
                s2 = v2.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, s2);
                s2 = v2.and(HIGH).reinterpretAsFloats().fma(y, s2);
                s3 = v3.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, s3);
                s3 = v3.and(HIGH).reinterpretAsFloats().fma(y, s3);
            }
        }
        FloatVector first =
                s0.blend(s1, LaneSums.ODD).add(s1.blend(s0, LaneSums.ODD).rearrange(LaneSums.SWAP_1));
        FloatVector last =
                s2.blend(s3, LaneSums.ODD).add(s3.blend(s2, LaneSums.ODD).rearrange(LaneSums.SWAP_1));
        FloatVector all = first.blend(last, LaneSums.ODD_PAIRS)
                .add(last.blend(first, LaneSums.ODD_PAIRS).rearrange(LaneSums.SWAP_2));
        if (LANES > 8) {
            all = all.add(all.rearrange(LaneSums.SWAP_8));
        }
        if (LANES > 4) {
            all = all.add(all.rearrange(LaneSums.SWAP_4));
        }
        ((FloatVector) all.reinterpretShape(FOUR, 0)).intoArray(out, at);
        if (whole < length) {
            out[at] += rest(Measure.DOT, query, whole, length, r0, o0);
            out[at + 1] += rest(Measure.DOT, query, whole, length, r1, o1);
            out[at + 2] += rest(Measure.DOT, query, whole, length, r2, o2);
            out[at + 3] += rest(Measure.DOT, query, whole, length, r3, o3);
        }
    }

    /// The tail first, then whole groups.
    private static void fourWideDot(
            float[] query, int length, int[][] arrays, Grid grid, int[] nodes, float[] out, int at) {
        int[] r0 = arrays[grid.array(nodes[at])];
        int[] r1 = arrays[grid.array(nodes[at + 1])];
        int[] r2 = arrays[grid.array(nodes[at + 2])];
        int[] r3 = arrays[grid.array(nodes[at + 3])];
        int o0 = grid.offset(nodes[at]);
        int o1 = grid.offset(nodes[at + 1]);
        int o2 = grid.offset(nodes[at + 2]);
        int o3 = grid.offset(nodes[at + 3]);
        int half = (length & 31) >>> 1;
        int back = (length >>> 1) - 16;
        IntVector keep = IntVector.fromArray(INTS, LAST_LANES, half);
        FloatVector u = FloatVector.fromArray(SPECIES, query, length - half - 16)
                .reinterpretAsInts()
                .and(keep)
                .reinterpretAsFloats();
        FloatVector w = FloatVector.fromArray(SPECIES, query, length - 16)
                .reinterpretAsInts()
                .and(keep)
                .reinterpretAsFloats();
        IntVector t0 = IntVector.fromArray(INTS, r0, o0 + back).and(keep);
        IntVector t1 = IntVector.fromArray(INTS, r1, o1 + back).and(keep);
        IntVector t2 = IntVector.fromArray(INTS, r2, o2 + back).and(keep);
        IntVector t3 = IntVector.fromArray(INTS, r3, o3 + back).and(keep);
        FloatVector s0 =
                t0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().mul(u);
        s0 = t0.and(HIGH).reinterpretAsFloats().fma(w, s0);
        FloatVector s1 =
                t1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().mul(u);
        s1 = t1.and(HIGH).reinterpretAsFloats().fma(w, s1);
        FloatVector s2 =
                t2.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().mul(u);
        s2 = t2.and(HIGH).reinterpretAsFloats().fma(w, s2);
        FloatVector s3 =
                t3.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().mul(u);
        s3 = t3.and(HIGH).reinterpretAsFloats().fma(w, s3);
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
                s0 = v0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, s0);
                s0 = v0.and(HIGH).reinterpretAsFloats().fma(y, s0);
                s1 = v1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, s1);
                s1 = v1.and(HIGH).reinterpretAsFloats().fma(y, s1);
                s2 = v2.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, s2);
                s2 = v2.and(HIGH).reinterpretAsFloats().fma(y, s2);
                s3 = v3.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, s3);
                s3 = v3.and(HIGH).reinterpretAsFloats().fma(y, s3);
            }
        }
        FloatVector first =
                s0.blend(s1, LaneSums.ODD).add(s1.blend(s0, LaneSums.ODD).rearrange(LaneSums.SWAP_1));
        FloatVector last =
                s2.blend(s3, LaneSums.ODD).add(s3.blend(s2, LaneSums.ODD).rearrange(LaneSums.SWAP_1));
        FloatVector all = first.blend(last, LaneSums.ODD_PAIRS)
                .add(last.blend(first, LaneSums.ODD_PAIRS).rearrange(LaneSums.SWAP_2));
        if (LANES > 8) {
            all = all.add(all.rearrange(LaneSums.SWAP_8));
        }
        if (LANES > 4) {
            all = all.add(all.rearrange(LaneSums.SWAP_4));
        }
        ((FloatVector) all.reinterpretShape(FOUR, 0)).intoArray(out, at);
    }

    private static float oneL2(float[] query, int length, int[] row, int offset) {
        if (hasWideTail(length)) {
            return oneWideL2(query, length, row, offset);
        }
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        int whole = length & ~31;
        for (int group = 0; group < whole; group += 32) {
            for (int lane = 0; lane < 16; lane += LANES) {
                IntVector v = IntVector.fromArray(INTS, row, offset + (group >>> 1) + lane);
                FloatVector a = v.lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats()
                        .sub(FloatVector.fromArray(SPECIES, query, group + lane));
                FloatVector b =
                        v.and(HIGH).reinterpretAsFloats().sub(FloatVector.fromArray(SPECIES, query, group + lane + 16));
                s0 = a.fma(a, s0);
                s1 = b.fma(b, s1);
            }
        }
        FloatVector all = s0.add(s1);
        if (LANES > 8) {
            all = all.add(all.rearrange(LaneSums.SWAP_8));
        }
        if (LANES > 4) {
            all = all.add(all.rearrange(LaneSums.SWAP_4));
        }
        all = all.add(all.rearrange(LaneSums.SWAP_2));
        float sum = all.add(all.rearrange(LaneSums.SWAP_1)).lane(0);
        return whole < length ? sum + rest(Measure.SQUARED_L2, query, whole, length, row, offset) : sum;
    }

    private static float oneWideL2(float[] query, int length, int[] row, int offset) {
        int half = (length & 31) >>> 1;
        int back = (length >>> 1) - 16;
        IntVector keep = IntVector.fromArray(INTS, LAST_LANES, half);
        FloatVector u = FloatVector.fromArray(SPECIES, query, length - half - 16)
                .reinterpretAsInts()
                .and(keep)
                .reinterpretAsFloats();
        FloatVector w = FloatVector.fromArray(SPECIES, query, length - 16)
                .reinterpretAsInts()
                .and(keep)
                .reinterpretAsFloats();
        IntVector t = IntVector.fromArray(INTS, row, offset + back).and(keep);
        FloatVector c =
                t.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().sub(u);
        FloatVector d = t.and(HIGH).reinterpretAsFloats().sub(w);
        FloatVector s0 = c.mul(c);
        FloatVector s1 = d.mul(d);
        int whole = length & ~31;
        for (int group = 0; group < whole; group += 32) {
            for (int lane = 0; lane < 16; lane += LANES) {
                IntVector v = IntVector.fromArray(INTS, row, offset + (group >>> 1) + lane);
                FloatVector a = v.lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats()
                        .sub(FloatVector.fromArray(SPECIES, query, group + lane));
                FloatVector b =
                        v.and(HIGH).reinterpretAsFloats().sub(FloatVector.fromArray(SPECIES, query, group + lane + 16));
                s0 = a.fma(a, s0);
                s1 = b.fma(b, s1);
            }
        }
        FloatVector all = s0.add(s1);
        if (LANES > 8) {
            all = all.add(all.rearrange(LaneSums.SWAP_8));
        }
        if (LANES > 4) {
            all = all.add(all.rearrange(LaneSums.SWAP_4));
        }
        all = all.add(all.rearrange(LaneSums.SWAP_2));
        return all.add(all.rearrange(LaneSums.SWAP_1)).lane(0);
    }

    private static float oneDot(float[] query, int length, int[] row, int offset) {
        if (hasWideTail(length)) {
            return oneWideDot(query, length, row, offset);
        }
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        int whole = length & ~31;
        for (int group = 0; group < whole; group += 32) {
            for (int lane = 0; lane < 16; lane += LANES) {
                IntVector v = IntVector.fromArray(INTS, row, offset + (group >>> 1) + lane);
                s0 = v.lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats()
                        .fma(FloatVector.fromArray(SPECIES, query, group + lane), s0);
                s1 = v.and(HIGH)
                        .reinterpretAsFloats()
                        .fma(FloatVector.fromArray(SPECIES, query, group + lane + 16), s1);
            }
        }
        FloatVector all = s0.add(s1);
        if (LANES > 8) {
            all = all.add(all.rearrange(LaneSums.SWAP_8));
        }
        if (LANES > 4) {
            all = all.add(all.rearrange(LaneSums.SWAP_4));
        }
        all = all.add(all.rearrange(LaneSums.SWAP_2));
        float sum = all.add(all.rearrange(LaneSums.SWAP_1)).lane(0);
        return whole < length ? sum + rest(Measure.DOT, query, whole, length, row, offset) : sum;
    }

    private static float oneWideDot(float[] query, int length, int[] row, int offset) {
        int half = (length & 31) >>> 1;
        int back = (length >>> 1) - 16;
        IntVector keep = IntVector.fromArray(INTS, LAST_LANES, half);
        FloatVector u = FloatVector.fromArray(SPECIES, query, length - half - 16)
                .reinterpretAsInts()
                .and(keep)
                .reinterpretAsFloats();
        FloatVector w = FloatVector.fromArray(SPECIES, query, length - 16)
                .reinterpretAsInts()
                .and(keep)
                .reinterpretAsFloats();
        IntVector t = IntVector.fromArray(INTS, row, offset + back).and(keep);
        FloatVector s0 =
                t.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().mul(u);
        FloatVector s1 = t.and(HIGH).reinterpretAsFloats().mul(w);
        int whole = length & ~31;
        for (int group = 0; group < whole; group += 32) {
            for (int lane = 0; lane < 16; lane += LANES) {
                IntVector v = IntVector.fromArray(INTS, row, offset + (group >>> 1) + lane);
                s0 = v.lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats()
                        .fma(FloatVector.fromArray(SPECIES, query, group + lane), s0);
                s1 = v.and(HIGH)
                        .reinterpretAsFloats()
                        .fma(FloatVector.fromArray(SPECIES, query, group + lane + 16), s1);
            }
        }
        FloatVector all = s0.add(s1);
        if (LANES > 8) {
            all = all.add(all.rearrange(LaneSums.SWAP_8));
        }
        if (LANES > 4) {
            all = all.add(all.rearrange(LaneSums.SWAP_4));
        }
        all = all.add(all.rearrange(LaneSums.SWAP_2));
        return all.add(all.rearrange(LaneSums.SWAP_1)).lane(0);
    }

    private static float oneManhattan(float[] query, int length, int[] row, int offset) {
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        int whole = length & ~31;
        for (int group = 0; group < whole; group += 32) {
            for (int lane = 0; lane < 16; lane += LANES) {
                IntVector v = IntVector.fromArray(INTS, row, offset + (group >>> 1) + lane);
                s0 = v.lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats()
                        .sub(FloatVector.fromArray(SPECIES, query, group + lane))
                        .abs()
                        .add(s0);
                s1 = v.and(HIGH)
                        .reinterpretAsFloats()
                        .sub(FloatVector.fromArray(SPECIES, query, group + lane + 16))
                        .abs()
                        .add(s1);
            }
        }
        FloatVector all = s0.add(s1);
        if (LANES > 8) {
            all = all.add(all.rearrange(LaneSums.SWAP_8));
        }
        if (LANES > 4) {
            all = all.add(all.rearrange(LaneSums.SWAP_4));
        }
        all = all.add(all.rearrange(LaneSums.SWAP_2));
        float sum = all.add(all.rearrange(LaneSums.SWAP_1)).lane(0);
        return whole < length ? sum + rest(Measure.MANHATTAN, query, whole, length, row, offset) : sum;
    }

    /// What the last dimensions add.
    private static float rest(Measure measure, float[] query, int whole, int length, int[] rows, int offset) {
        int half = (length - whole + 1) >>> 1;
        int row = offset + (whole >>> 1);
        float sum = 0;
        for (int i = 0; i < half; i++) {
            int v = rows[row + i];
            sum += ScalarKernel.term(measure, query[whole + i], Float.intBitsToFloat(v << 16));
            if (whole + half + i < length) {
                float other = Float.intBitsToFloat(v & HIGH);
                sum += ScalarKernel.term(measure, query[whole + half + i], other);
            }
        }
        return sum;
    }
}
