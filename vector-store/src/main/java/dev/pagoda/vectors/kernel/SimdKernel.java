package dev.pagoda.vectors.kernel;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// The Vector API at the CPU's own width, four sums in flight to hide the latency of the multiply-add. Loaded
/// only when the module `jdk.incubator.vector` is.
///
/// The class is long because each measure has a copy of its loop: the JIT compiler keeps sums in registers only
/// where no branch joins them, and makes objects of vectors that small methods pass.
final class SimdKernel implements Kernel {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Float> FOUR = FloatVector.SPECIES_128;
    private static final int LANES = SPECIES.length();
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, SPECIES.vectorShape());
    private static final VectorSpecies<Byte> BYTES = narrowed(byte.class);
    private static final VectorSpecies<Short> SHORTS = narrowed(short.class);

    /// The signs of each lane in the butterflies of a transform inside a lane group. Each is a constant of its own,
    /// since the JIT compiler knows no elements of arrays.
    private static final FloatVector SIGNS_1 = signs(1);
    private static final FloatVector SIGNS_2 = signs(2);
    private static final FloatVector SIGNS_4 = signs(4);
    private static final FloatVector SIGNS_8 = signs(8);

    /// Bit `i` in lane `i`.
    private static final IntVector LANE_BITS = IntVector.broadcast(INTS, 1)
            .lanewise(VectorOperators.LSHL, IntVector.zero(INTS).addIndex(1));

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
        FloatVector all = s0.add(s1).add(s2.add(s3));
        if (LANES > 8) {
            all = all.add(all.rearrange(LaneSums.SWAP_8));
        }
        if (LANES > 4) {
            all = all.add(all.rearrange(LaneSums.SWAP_4));
        }
        all = all.add(all.rearrange(LaneSums.SWAP_2));
        float sum = all.add(all.rearrange(LaneSums.SWAP_1)).lane(0);
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
        FloatVector all = s0.add(s1).add(s2.add(s3));
        if (LANES > 8) {
            all = all.add(all.rearrange(LaneSums.SWAP_8));
        }
        if (LANES > 4) {
            all = all.add(all.rearrange(LaneSums.SWAP_4));
        }
        all = all.add(all.rearrange(LaneSums.SWAP_2));
        float sum = all.add(all.rearrange(LaneSums.SWAP_1)).lane(0);
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
        FloatVector all = s0.add(s1);
        if (LANES > 8) {
            all = all.add(all.rearrange(LaneSums.SWAP_8));
        }
        if (LANES > 4) {
            all = all.add(all.rearrange(LaneSums.SWAP_4));
        }
        all = all.add(all.rearrange(LaneSums.SWAP_2));
        float sum = all.add(all.rearrange(LaneSums.SWAP_1)).lane(0);
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
        UpperHalves.compare(measure, query, length, arrays, grid, nodes, from, count, out);
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
            FloatVector all = sums;
            if (LANES > 8) {
                all = all.add(all.rearrange(LaneSums.SWAP_8));
            }
            if (LANES > 4) {
                all = all.add(all.rearrange(LaneSums.SWAP_4));
            }
            all = all.add(all.rearrange(LaneSums.SWAP_2));
            float sum = all.add(all.rearrange(LaneSums.SWAP_1)).lane(0);
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
            FloatVector all = sums;
            if (LANES > 8) {
                all = all.add(all.rearrange(LaneSums.SWAP_8));
            }
            if (LANES > 4) {
                all = all.add(all.rearrange(LaneSums.SWAP_4));
            }
            all = all.add(all.rearrange(LaneSums.SWAP_2));
            float sum = all.add(all.rearrange(LaneSums.SWAP_1)).lane(0);
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
        return LANES == 16
                ? EdgeCodes512.estimate(block, offset, lines, table, step, origin, base, below, out, outOffset)
                : EdgeCodes128.estimate(block, offset, lines, table, step, origin, base, below, out, outOffset);
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
        FloatVector first = squares.blend(magnitudes, LaneSums.ODD)
                .add(magnitudes.blend(squares, LaneSums.ODD).rearrange(LaneSums.SWAP_1));
        FloatVector last = signed.blend(products, LaneSums.ODD)
                .add(products.blend(signed, LaneSums.ODD).rearrange(LaneSums.SWAP_1));
        FloatVector all = first.blend(last, LaneSums.ODD_PAIRS)
                .add(last.blend(first, LaneSums.ODD_PAIRS).rearrange(LaneSums.SWAP_2));
        if (LANES > 8) {
            all = all.add(all.rearrange(LaneSums.SWAP_8));
        }
        if (LANES > 4) {
            all = all.add(all.rearrange(LaneSums.SWAP_4));
        }
        ((FloatVector) all.reinterpretShape(FOUR, 0))
                .add(FloatVector.fromArray(FOUR, sums, 0))
                .intoArray(sums, 0);
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
            v = v.fma(SIGNS_1, v.rearrange(LaneSums.SWAP_1));
            v = v.fma(SIGNS_2, v.rearrange(LaneSums.SWAP_2));
            if (LANES > 4) {
                v = v.fma(SIGNS_4, v.rearrange(LaneSums.SWAP_4));
            }
            if (LANES > 8) {
                v = v.fma(SIGNS_8, v.rearrange(LaneSums.SWAP_8));
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
