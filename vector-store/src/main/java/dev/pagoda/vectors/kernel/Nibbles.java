package dev.pagoda.vectors.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// [Kernel#nibbles] in the Vector API. Four products of a short's values are at most 30,660 and fit a short; then
/// they are widened. What does not fill the CPU's own width is done at 128 bits.
///
/// The loops are alike but for the number of rows and the width: the JIT compiler keeps sums in registers only in
/// loops without branches, and knows no species that is a parameter.
final class Nibbles {
    private static final VectorSpecies<Integer> WIDE =
            VectorSpecies.of(int.class, FloatVector.SPECIES_PREFERRED.vectorShape());
    private static final VectorSpecies<Short> WIDE_SHORTS =
            VectorSpecies.of(short.class, FloatVector.SPECIES_PREFERRED.vectorShape());
    private static final VectorSpecies<Integer> NARROW = IntVector.SPECIES_128;
    private static final VectorSpecies<Short> NARROW_SHORTS = ShortVector.SPECIES_128;
    private static final int LANES = WIDE.length();
    private static final int NARROW_LANES = 4;
    private static final short MASK = 15;

    /// Rows that are read ahead.
    private static final int BLOCK = 64;

    /// Ints of a cache line.
    private static final int LINE = 16;

    private Nibbles() {}

    /// @return nothing of use: a sum over what was read ahead, without which the JIT compiler would not read
    static int sums(short[] query, int ints, int[][] arrays, Grid grid, int[] nodes, int count, int[] out) {
        int read = 0;
        for (int from = 0; from < count; from += BLOCK) {
            int to = Math.min(count, from + BLOCK);
            read += touched(arrays, grid, nodes, from, to);
            sums(query, ints, arrays, grid, nodes, from, to, out);
        }
        return read;
    }

    /// Reads from every cache line of some rows. So little is done between two misses that many of them overlap,
    /// more than in the work to come.
    private static int touched(int[][] arrays, Grid grid, int[] nodes, int from, int to) {
        int last = grid.stride() - 1;
        int read = 0;
        for (int i = from; i < to; i++) {
            int[] row = arrays[grid.array(nodes[i])];
            int offset = grid.offset(nodes[i]);
            read += row[offset + last];
            for (int column = 0; column < last; column += LINE) {
                read += row[offset + column];
            }
        }
        return read;
    }

    private static void sums(
            short[] query, int ints, int[][] arrays, Grid grid, int[] nodes, int from, int to, int[] out) {
        int whole = ints / LANES * LANES;
        int quarter = 2 * ints;
        int i = from;
        for (; i + 3 < to; i += 4) {
            if (whole > 0) {
                wideOf4(query, 0, whole, quarter, arrays, grid, nodes, out, i, false);
            }
            if (whole < ints) {
                narrowOf4(query, whole, ints, quarter, arrays, grid, nodes, out, i, whole > 0);
            }
        }
        for (; i < to; i++) {
            if (whole > 0) {
                wideOf1(query, 0, whole, quarter, arrays, grid, nodes, out, i, false);
            }
            if (whole < ints) {
                narrowOf1(query, whole, ints, quarter, arrays, grid, nodes, out, i, whole > 0);
            }
        }
    }

    /// Four rows at once, so that the misses of the cache overlap.
    private static void wideOf4(
            short[] query,
            int from,
            int to,
            int quarter,
            int[][] arrays,
            Grid grid,
            int[] nodes,
            int[] out,
            int at,
            boolean adds) {
        int[] r0 = arrays[grid.array(nodes[at])];
        int o0 = grid.offset(nodes[at]);
        IntVector s0 = IntVector.zero(WIDE);
        int[] r1 = arrays[grid.array(nodes[at + 1])];
        int o1 = grid.offset(nodes[at + 1]);
        IntVector s1 = IntVector.zero(WIDE);
        int[] r2 = arrays[grid.array(nodes[at + 2])];
        int o2 = grid.offset(nodes[at + 2]);
        IntVector s2 = IntVector.zero(WIDE);
        int[] r3 = arrays[grid.array(nodes[at + 3])];
        int o3 = grid.offset(nodes[at + 3]);
        IntVector s3 = IntVector.zero(WIDE);
        for (int i = from; i < to; i += LANES) {
            ShortVector q0 = ShortVector.fromArray(WIDE_SHORTS, query, 2 * i);
            ShortVector q1 = ShortVector.fromArray(WIDE_SHORTS, query, 2 * i + quarter);
            ShortVector q2 = ShortVector.fromArray(WIDE_SHORTS, query, 2 * i + 2 * quarter);
            ShortVector q3 = ShortVector.fromArray(WIDE_SHORTS, query, 2 * i + 3 * quarter);
            ShortVector v0 = IntVector.fromArray(WIDE, r0, o0 + i).reinterpretAsShorts();
            IntVector p0 = v0.and(MASK)
                    .mul(q0)
                    .add(v0.lanewise(VectorOperators.LSHR, 4).and(MASK).mul(q1))
                    .add(v0.lanewise(VectorOperators.LSHR, 8).and(MASK).mul(q2))
                    .add(v0.lanewise(VectorOperators.LSHR, 12).mul(q3))
                    .reinterpretAsInts();
            s0 = s0.add(p0.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                    .add(p0.lanewise(VectorOperators.ASHR, 16));
            ShortVector v1 = IntVector.fromArray(WIDE, r1, o1 + i).reinterpretAsShorts();
            IntVector p1 = v1.and(MASK)
                    .mul(q0)
                    .add(v1.lanewise(VectorOperators.LSHR, 4).and(MASK).mul(q1))
                    .add(v1.lanewise(VectorOperators.LSHR, 8).and(MASK).mul(q2))
                    .add(v1.lanewise(VectorOperators.LSHR, 12).mul(q3))
                    .reinterpretAsInts();
            s1 = s1.add(p1.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                    .add(p1.lanewise(VectorOperators.ASHR, 16));
            ShortVector v2 = IntVector.fromArray(WIDE, r2, o2 + i).reinterpretAsShorts();
            IntVector p2 = v2.and(MASK)
                    .mul(q0)
                    .add(v2.lanewise(VectorOperators.LSHR, 4).and(MASK).mul(q1))
                    .add(v2.lanewise(VectorOperators.LSHR, 8).and(MASK).mul(q2))
                    .add(v2.lanewise(VectorOperators.LSHR, 12).mul(q3))
                    .reinterpretAsInts();
            s2 = s2.add(p2.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                    .add(p2.lanewise(VectorOperators.ASHR, 16));
            ShortVector v3 = IntVector.fromArray(WIDE, r3, o3 + i).reinterpretAsShorts();
            IntVector p3 = v3.and(MASK)
                    .mul(q0)
                    .add(v3.lanewise(VectorOperators.LSHR, 4).and(MASK).mul(q1))
                    .add(v3.lanewise(VectorOperators.LSHR, 8).and(MASK).mul(q2))
                    .add(v3.lanewise(VectorOperators.LSHR, 12).mul(q3))
                    .reinterpretAsInts();
            s3 = s3.add(p3.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                    .add(p3.lanewise(VectorOperators.ASHR, 16));
        }
        out[at] = (adds ? out[at] : 0) + s0.reduceLanes(VectorOperators.ADD);
        out[at + 1] = (adds ? out[at + 1] : 0) + s1.reduceLanes(VectorOperators.ADD);
        out[at + 2] = (adds ? out[at + 2] : 0) + s2.reduceLanes(VectorOperators.ADD);
        out[at + 3] = (adds ? out[at + 3] : 0) + s3.reduceLanes(VectorOperators.ADD);
    }

    private static void wideOf1(
            short[] query,
            int from,
            int to,
            int quarter,
            int[][] arrays,
            Grid grid,
            int[] nodes,
            int[] out,
            int at,
            boolean adds) {
        int[] r0 = arrays[grid.array(nodes[at])];
        int o0 = grid.offset(nodes[at]);
        IntVector s0 = IntVector.zero(WIDE);
        for (int i = from; i < to; i += LANES) {
            ShortVector q0 = ShortVector.fromArray(WIDE_SHORTS, query, 2 * i);
            ShortVector q1 = ShortVector.fromArray(WIDE_SHORTS, query, 2 * i + quarter);
            ShortVector q2 = ShortVector.fromArray(WIDE_SHORTS, query, 2 * i + 2 * quarter);
            ShortVector q3 = ShortVector.fromArray(WIDE_SHORTS, query, 2 * i + 3 * quarter);
            ShortVector v0 = IntVector.fromArray(WIDE, r0, o0 + i).reinterpretAsShorts();
            IntVector p0 = v0.and(MASK)
                    .mul(q0)
                    .add(v0.lanewise(VectorOperators.LSHR, 4).and(MASK).mul(q1))
                    .add(v0.lanewise(VectorOperators.LSHR, 8).and(MASK).mul(q2))
                    .add(v0.lanewise(VectorOperators.LSHR, 12).mul(q3))
                    .reinterpretAsInts();
            s0 = s0.add(p0.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                    .add(p0.lanewise(VectorOperators.ASHR, 16));
        }
        out[at] = (adds ? out[at] : 0) + s0.reduceLanes(VectorOperators.ADD);
    }

    private static void narrowOf4(
            short[] query,
            int from,
            int to,
            int quarter,
            int[][] arrays,
            Grid grid,
            int[] nodes,
            int[] out,
            int at,
            boolean adds) {
        int[] r0 = arrays[grid.array(nodes[at])];
        int o0 = grid.offset(nodes[at]);
        IntVector s0 = IntVector.zero(NARROW);
        int[] r1 = arrays[grid.array(nodes[at + 1])];
        int o1 = grid.offset(nodes[at + 1]);
        IntVector s1 = IntVector.zero(NARROW);
        int[] r2 = arrays[grid.array(nodes[at + 2])];
        int o2 = grid.offset(nodes[at + 2]);
        IntVector s2 = IntVector.zero(NARROW);
        int[] r3 = arrays[grid.array(nodes[at + 3])];
        int o3 = grid.offset(nodes[at + 3]);
        IntVector s3 = IntVector.zero(NARROW);
        for (int i = from; i < to; i += NARROW_LANES) {
            ShortVector q0 = ShortVector.fromArray(NARROW_SHORTS, query, 2 * i);
            ShortVector q1 = ShortVector.fromArray(NARROW_SHORTS, query, 2 * i + quarter);
            ShortVector q2 = ShortVector.fromArray(NARROW_SHORTS, query, 2 * i + 2 * quarter);
            ShortVector q3 = ShortVector.fromArray(NARROW_SHORTS, query, 2 * i + 3 * quarter);
            ShortVector v0 = IntVector.fromArray(NARROW, r0, o0 + i).reinterpretAsShorts();
            IntVector p0 = v0.and(MASK)
                    .mul(q0)
                    .add(v0.lanewise(VectorOperators.LSHR, 4).and(MASK).mul(q1))
                    .add(v0.lanewise(VectorOperators.LSHR, 8).and(MASK).mul(q2))
                    .add(v0.lanewise(VectorOperators.LSHR, 12).mul(q3))
                    .reinterpretAsInts();
            s0 = s0.add(p0.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                    .add(p0.lanewise(VectorOperators.ASHR, 16));
            ShortVector v1 = IntVector.fromArray(NARROW, r1, o1 + i).reinterpretAsShorts();
            IntVector p1 = v1.and(MASK)
                    .mul(q0)
                    .add(v1.lanewise(VectorOperators.LSHR, 4).and(MASK).mul(q1))
                    .add(v1.lanewise(VectorOperators.LSHR, 8).and(MASK).mul(q2))
                    .add(v1.lanewise(VectorOperators.LSHR, 12).mul(q3))
                    .reinterpretAsInts();
            s1 = s1.add(p1.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                    .add(p1.lanewise(VectorOperators.ASHR, 16));
            ShortVector v2 = IntVector.fromArray(NARROW, r2, o2 + i).reinterpretAsShorts();
            IntVector p2 = v2.and(MASK)
                    .mul(q0)
                    .add(v2.lanewise(VectorOperators.LSHR, 4).and(MASK).mul(q1))
                    .add(v2.lanewise(VectorOperators.LSHR, 8).and(MASK).mul(q2))
                    .add(v2.lanewise(VectorOperators.LSHR, 12).mul(q3))
                    .reinterpretAsInts();
            s2 = s2.add(p2.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                    .add(p2.lanewise(VectorOperators.ASHR, 16));
            ShortVector v3 = IntVector.fromArray(NARROW, r3, o3 + i).reinterpretAsShorts();
            IntVector p3 = v3.and(MASK)
                    .mul(q0)
                    .add(v3.lanewise(VectorOperators.LSHR, 4).and(MASK).mul(q1))
                    .add(v3.lanewise(VectorOperators.LSHR, 8).and(MASK).mul(q2))
                    .add(v3.lanewise(VectorOperators.LSHR, 12).mul(q3))
                    .reinterpretAsInts();
            s3 = s3.add(p3.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                    .add(p3.lanewise(VectorOperators.ASHR, 16));
        }
        out[at] = (adds ? out[at] : 0) + s0.reduceLanes(VectorOperators.ADD);
        out[at + 1] = (adds ? out[at + 1] : 0) + s1.reduceLanes(VectorOperators.ADD);
        out[at + 2] = (adds ? out[at + 2] : 0) + s2.reduceLanes(VectorOperators.ADD);
        out[at + 3] = (adds ? out[at + 3] : 0) + s3.reduceLanes(VectorOperators.ADD);
    }

    private static void narrowOf1(
            short[] query,
            int from,
            int to,
            int quarter,
            int[][] arrays,
            Grid grid,
            int[] nodes,
            int[] out,
            int at,
            boolean adds) {
        int[] r0 = arrays[grid.array(nodes[at])];
        int o0 = grid.offset(nodes[at]);
        IntVector s0 = IntVector.zero(NARROW);
        for (int i = from; i < to; i += NARROW_LANES) {
            ShortVector q0 = ShortVector.fromArray(NARROW_SHORTS, query, 2 * i);
            ShortVector q1 = ShortVector.fromArray(NARROW_SHORTS, query, 2 * i + quarter);
            ShortVector q2 = ShortVector.fromArray(NARROW_SHORTS, query, 2 * i + 2 * quarter);
            ShortVector q3 = ShortVector.fromArray(NARROW_SHORTS, query, 2 * i + 3 * quarter);
            ShortVector v0 = IntVector.fromArray(NARROW, r0, o0 + i).reinterpretAsShorts();
            IntVector p0 = v0.and(MASK)
                    .mul(q0)
                    .add(v0.lanewise(VectorOperators.LSHR, 4).and(MASK).mul(q1))
                    .add(v0.lanewise(VectorOperators.LSHR, 8).and(MASK).mul(q2))
                    .add(v0.lanewise(VectorOperators.LSHR, 12).mul(q3))
                    .reinterpretAsInts();
            s0 = s0.add(p0.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                    .add(p0.lanewise(VectorOperators.ASHR, 16));
        }
        out[at] = (adds ? out[at] : 0) + s0.reduceLanes(VectorOperators.ADD);
    }
}
