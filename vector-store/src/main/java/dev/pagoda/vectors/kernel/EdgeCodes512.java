package dev.pagoda.vectors.kernel;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// [Kernel#estimate] where a register holds a whole line and a whole table of 64 bytes: two look-ups a line.
///
/// No helper takes or returns a vector: where the JIT compiler does not inline one, every vector becomes an
/// object.
final class EdgeCodes512 {
    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_512;
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_512;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;

    /// Lines after which a sum of 16 bits could overflow.
    private static final int MAX_LINES = 128;

    private static final ByteVector LOWER_TABLES = alternating(0, 16);
    private static final ByteVector UPPER_TABLES = alternating(32, 48);
    private static final IntVector FIRST_BITS = bits(0);
    private static final IntVector LAST_BITS = bits(16);

    private static final ByteVector IN_ORDER = inOrder();

    /// Plus or minus one by bit `b` of the lane.
    private static final FloatVector BIT_0 = signs(0);

    private static final FloatVector BIT_1 = signs(1);
    private static final FloatVector BIT_2 = signs(2);
    private static final FloatVector BIT_3 = signs(3);

    private EdgeCodes512() {}

    static int estimate(
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
        IntVector first = IntVector.zero(INTS);
        IntVector last = first;
        for (int from = 0; from < lines; from += MAX_LINES) {
            int end = Math.min(lines, from + MAX_LINES);
            ShortVector sums = ShortVector.zero(SHORTS);
            for (int line = from; line < end; line += 2) {
                IntVector v = IntVector.fromArray(INTS, block, offset + 32 + line * 16);
                IntVector w = IntVector.fromArray(INTS, block, offset + 48 + line * 16);
                ByteVector t = ByteVector.fromArray(BYTES, table, line * 64);
                ByteVector u = ByteVector.fromArray(BYTES, table, line * 64 + 64);
                ByteVector a =
                        v.reinterpretAsBytes().and((byte) 15).or(LOWER_TABLES).selectFrom(t);
                ByteVector b = v.lanewise(VectorOperators.LSHR, 4)
                        .reinterpretAsBytes()
                        .and((byte) 15)
                        .or(UPPER_TABLES)
                        .selectFrom(t);
                ByteVector c =
                        w.reinterpretAsBytes().and((byte) 15).or(LOWER_TABLES).selectFrom(u);
                ByteVector d = w.lanewise(VectorOperators.LSHR, 4)
                        .reinterpretAsBytes()
                        .and((byte) 15)
                        .or(UPPER_TABLES)
                        .selectFrom(u);
                ShortVector pairs = a.add(b).add(c.add(d)).reinterpretAsShorts();
                sums = sums.add(pairs.and((short) 255)).add(pairs.lanewise(VectorOperators.LSHR, 8));
            }
            IntVector twos = sums.reinterpretAsInts();
            first = first.add(twos.and(0xffff));
            last = last.add(twos.lanewise(VectorOperators.LSHR, 16));
        }
        FloatVector steps = FloatVector.broadcast(FLOATS, step);
        FloatVector origins = FloatVector.broadcast(FLOATS, origin);
        FloatVector bases = FloatVector.broadcast(FLOATS, base);
        FloatVector bound = FloatVector.broadcast(FLOATS, below);
        FloatVector x = ((FloatVector) first.convert(VectorOperators.I2F, 0)).fma(steps, origins);
        FloatVector y = ((FloatVector) last.convert(VectorOperators.I2F, 0)).fma(steps, origins);
        IntVector f = IntVector.fromArray(INTS, block, offset);
        IntVector g = IntVector.fromArray(INTS, block, offset + 16);
        x = x.fma(
                f.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(),
                f.and(0xffff0000).reinterpretAsFloats().add(bases));
        y = y.fma(
                g.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(),
                g.and(0xffff0000).reinterpretAsFloats().add(bases));
        x.intoArray(out, outOffset);
        y.intoArray(out, outOffset + 16);
        // the sign of the difference rather than a mask: turning a mask into bits allocates here
        return x.sub(bound)
                .reinterpretAsInts()
                .lanewise(VectorOperators.ASHR, 31)
                .and(FIRST_BITS)
                .or(y.sub(bound)
                        .reinterpretAsInts()
                        .lanewise(VectorOperators.ASHR, 31)
                        .and(LAST_BITS))
                .reduceLanes(VectorOperators.OR);
    }

    static void fillTable(float[] rotated, int length, float scale, byte[] table) {
        FloatVector scales = FloatVector.broadcast(FLOATS, scale);
        FloatVector whole = FloatVector.broadcast(FLOATS, ScalarKernel.ROUNDING);
        for (int i = 0; i < length; i += 16) {
            // entry e of table t is byte 4 e + t, until the bytes are put in order
            IntVector mixed = IntVector.zero(INTS);
            for (int j = i; j < i + 16; j += 4) {
                mixed = BIT_0.mul(rotated[j])
                        .add(BIT_1.mul(rotated[j + 1]))
                        .add(BIT_2.mul(rotated[j + 2]))
                        .add(BIT_3.mul(rotated[j + 3]))
                        .add(greatest(rotated, j))
                        .fma(scales, whole)
                        .reinterpretAsInts()
                        .lanewise(VectorOperators.LSHL, 24)
                        .or(mixed.lanewise(VectorOperators.LSHR, 8));
            }
            IN_ORDER.selectFrom(mixed.reinterpretAsBytes()).intoArray(table, i * 4);
        }
    }

    private static float greatest(float[] values, int at) {
        return Math.abs(values[at]) + Math.abs(values[at + 1]) + Math.abs(values[at + 2]) + Math.abs(values[at + 3]);
    }

    /// Byte `4 e + t` at place `16 t + e`.
    private static ByteVector inOrder() {
        byte[] values = new byte[64];
        for (int i = 0; i < values.length; i++) {
            values[i] = (byte) (4 * (i & 15) + (i >>> 4));
        }
        return ByteVector.fromArray(BYTES, values, 0);
    }

    private static ByteVector alternating(int even, int odd) {
        byte[] values = new byte[64];
        for (int i = 0; i < values.length; i++) {
            values[i] = (byte) ((i & 1) == 0 ? even : odd);
        }
        return ByteVector.fromArray(BYTES, values, 0);
    }

    private static IntVector bits(int first) {
        int[] values = new int[16];
        for (int i = 0; i < values.length; i++) {
            values[i] = 1 << (first + i);
        }
        return IntVector.fromArray(INTS, values, 0);
    }

    private static FloatVector signs(int bit) {
        float[] values = new float[16];
        for (int i = 0; i < values.length; i++) {
            values[i] = ((i >>> bit) & 1) != 0 ? 1 : -1;
        }
        return FloatVector.fromArray(FLOATS, values, 0);
    }
}
