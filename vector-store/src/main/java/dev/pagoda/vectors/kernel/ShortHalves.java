package dev.pagoda.vectors.kernel;

import dev.pagoda.vectors.kernel.Kernel.Measure;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// [UpperHalves] of rows of 7 to 31 dimensions, which are at most 16 ints: four rows at once, each taken as the 16 ints
/// that end with it, of which what lies before it is cleared. Before the first row of an array lies its
/// [padding][Grid#PAD].
final class ShortHalves {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Float> FOUR = FloatVector.SPECIES_128;
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, SPECIES.vectorShape());
    private static final int LANES = SPECIES.length();
    private static final int HIGH = 0xffff0000;

    /// Ints of a row at most.
    private static final int COLUMNS = 16;

    /// From element `i` on 16 ints, of which the last `i` have all bits.
    private static final int[] LAST_COLUMNS = lastColumns();

    private ShortHalves() {}

    private static int[] lastColumns() {
        int[] columns = new int[2 * COLUMNS];
        Arrays.fill(columns, COLUMNS, 2 * COLUMNS, -1);
        return columns;
    }

    /// Whether rows of so many dimensions are compared here.
    static boolean takes(int length) {
        return length < 2 * COLUMNS && COLUMNS - half(length) <= Grid.PAD;
    }

    private static int half(int length) {
        return (length + 1) >>> 1;
    }

    /// Compares at least four rows.
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
        int half = half(length);
        float[] halves = new float[2 * COLUMNS];
        System.arraycopy(query, 0, halves, COLUMNS - half, half);
        System.arraycopy(query, half, halves, 2 * COLUMNS - half, length - half);
        int last = from + count - 4;
        switch (measure) {
            case SQUARED_L2 -> {
                for (int i = from; i < last; i += 4) {
                    fourL2(halves, half, arrays, grid, nodes, out, i);
                }
                fourL2(halves, half, arrays, grid, nodes, out, last);
            }
            case DOT -> {
                for (int i = from; i < last; i += 4) {
                    fourDot(halves, half, arrays, grid, nodes, out, i);
                }
                fourDot(halves, half, arrays, grid, nodes, out, last);
            }
            case MANHATTAN -> {
                for (int i = from; i < last; i += 4) {
                    fourManhattan(halves, half, arrays, grid, nodes, out, i);
                }
                fourManhattan(halves, half, arrays, grid, nodes, out, last);
            }
        }
    }

    private static void fourL2(float[] halves, int half, int[][] arrays, Grid grid, int[] nodes, float[] out, int at) {
        int[] r0 = arrays[grid.array(nodes[at])];
        int[] r1 = arrays[grid.array(nodes[at + 1])];
        int[] r2 = arrays[grid.array(nodes[at + 2])];
        int[] r3 = arrays[grid.array(nodes[at + 3])];
        int o0 = grid.offset(nodes[at]) + half - COLUMNS;
        int o1 = grid.offset(nodes[at + 1]) + half - COLUMNS;
        int o2 = grid.offset(nodes[at + 2]) + half - COLUMNS;
        int o3 = grid.offset(nodes[at + 3]) + half - COLUMNS;
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        for (int lane = 0; lane < COLUMNS; lane += LANES) {
            IntVector keep = IntVector.fromArray(INTS, LAST_COLUMNS, half + lane);
            FloatVector x = FloatVector.fromArray(SPECIES, halves, lane);
            FloatVector y = FloatVector.fromArray(SPECIES, halves, COLUMNS + lane);
            IntVector v0 = IntVector.fromArray(INTS, r0, o0 + lane).and(keep);
            IntVector v1 = IntVector.fromArray(INTS, r1, o1 + lane).and(keep);
            IntVector v2 = IntVector.fromArray(INTS, r2, o2 + lane).and(keep);
            IntVector v3 = IntVector.fromArray(INTS, r3, o3 + lane).and(keep);
            FloatVector a0 =
                    v0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().sub(x);
            FloatVector b0 = v0.and(HIGH).reinterpretAsFloats().sub(y);
            s0 = b0.fma(b0, a0.fma(a0, s0));
            FloatVector a1 =
                    v1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().sub(x);
            FloatVector b1 = v1.and(HIGH).reinterpretAsFloats().sub(y);
            s1 = b1.fma(b1, a1.fma(a1, s1));
            FloatVector a2 =
                    v2.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().sub(x);
            FloatVector b2 = v2.and(HIGH).reinterpretAsFloats().sub(y);
            s2 = b2.fma(b2, a2.fma(a2, s2));
            FloatVector a3 =
                    v3.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().sub(x);
            FloatVector b3 = v3.and(HIGH).reinterpretAsFloats().sub(y);
            s3 = b3.fma(b3, a3.fma(a3, s3));
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

    private static void fourDot(float[] halves, int half, int[][] arrays, Grid grid, int[] nodes, float[] out, int at) {
        int[] r0 = arrays[grid.array(nodes[at])];
        int[] r1 = arrays[grid.array(nodes[at + 1])];
        int[] r2 = arrays[grid.array(nodes[at + 2])];
        int[] r3 = arrays[grid.array(nodes[at + 3])];
        int o0 = grid.offset(nodes[at]) + half - COLUMNS;
        int o1 = grid.offset(nodes[at + 1]) + half - COLUMNS;
        int o2 = grid.offset(nodes[at + 2]) + half - COLUMNS;
        int o3 = grid.offset(nodes[at + 3]) + half - COLUMNS;
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        for (int lane = 0; lane < COLUMNS; lane += LANES) {
            IntVector keep = IntVector.fromArray(INTS, LAST_COLUMNS, half + lane);
            FloatVector x = FloatVector.fromArray(SPECIES, halves, lane);
            FloatVector y = FloatVector.fromArray(SPECIES, halves, COLUMNS + lane);
            IntVector v0 = IntVector.fromArray(INTS, r0, o0 + lane).and(keep);
            IntVector v1 = IntVector.fromArray(INTS, r1, o1 + lane).and(keep);
            IntVector v2 = IntVector.fromArray(INTS, r2, o2 + lane).and(keep);
            IntVector v3 = IntVector.fromArray(INTS, r3, o3 + lane).and(keep);
            s0 = v0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, s0);
            s0 = v0.and(HIGH).reinterpretAsFloats().fma(y, s0);
            s1 = v1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, s1);
            s1 = v1.and(HIGH).reinterpretAsFloats().fma(y, s1);
            s2 = v2.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, s2);
            s2 = v2.and(HIGH).reinterpretAsFloats().fma(y, s2);
            s3 = v3.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, s3);
            s3 = v3.and(HIGH).reinterpretAsFloats().fma(y, s3);
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

    private static void fourManhattan(
            float[] halves, int half, int[][] arrays, Grid grid, int[] nodes, float[] out, int at) {
        int[] r0 = arrays[grid.array(nodes[at])];
        int[] r1 = arrays[grid.array(nodes[at + 1])];
        int[] r2 = arrays[grid.array(nodes[at + 2])];
        int[] r3 = arrays[grid.array(nodes[at + 3])];
        int o0 = grid.offset(nodes[at]) + half - COLUMNS;
        int o1 = grid.offset(nodes[at + 1]) + half - COLUMNS;
        int o2 = grid.offset(nodes[at + 2]) + half - COLUMNS;
        int o3 = grid.offset(nodes[at + 3]) + half - COLUMNS;
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        for (int lane = 0; lane < COLUMNS; lane += LANES) {
            IntVector keep = IntVector.fromArray(INTS, LAST_COLUMNS, half + lane);
            FloatVector x = FloatVector.fromArray(SPECIES, halves, lane);
            FloatVector y = FloatVector.fromArray(SPECIES, halves, COLUMNS + lane);
            IntVector v0 = IntVector.fromArray(INTS, r0, o0 + lane).and(keep);
            IntVector v1 = IntVector.fromArray(INTS, r1, o1 + lane).and(keep);
            IntVector v2 = IntVector.fromArray(INTS, r2, o2 + lane).and(keep);
            IntVector v3 = IntVector.fromArray(INTS, r3, o3 + lane).and(keep);
            s0 = v0.lanewise(VectorOperators.LSHL, 16)
                    .reinterpretAsFloats()
                    .sub(x)
                    .abs()
                    .add(s0);
            s0 = v0.and(HIGH).reinterpretAsFloats().sub(y).abs().add(s0);
            s1 = v1.lanewise(VectorOperators.LSHL, 16)
                    .reinterpretAsFloats()
                    .sub(x)
                    .abs()
                    .add(s1);
            s1 = v1.and(HIGH).reinterpretAsFloats().sub(y).abs().add(s1);
            s2 = v2.lanewise(VectorOperators.LSHL, 16)
                    .reinterpretAsFloats()
                    .sub(x)
                    .abs()
                    .add(s2);
            s2 = v2.and(HIGH).reinterpretAsFloats().sub(y).abs().add(s2);
            s3 = v3.lanewise(VectorOperators.LSHL, 16)
                    .reinterpretAsFloats()
                    .sub(x)
                    .abs()
                    .add(s3);
            s3 = v3.and(HIGH).reinterpretAsFloats().sub(y).abs().add(s3);
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
}
