package dev.pagoda.vectors.kernel;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// [Kernel#estimate] with registers of 128 bits, which hold one table of 16 bytes: four look-ups for 16 bytes.
final class EdgeCodes128 {
    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_128;
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_128;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_128;

    /// Lines after which a sum of 16 bits could overflow.
    private static final int MAX_LINES = 128;

    private EdgeCodes128() {}

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
        int hits = 0;
        for (int quarter = 0; quarter < 4; quarter++) {
            IntVector first = IntVector.zero(INTS);
            IntVector last = first;
            for (int from = 0; from < lines; from += MAX_LINES) {
                int end = Math.min(lines, from + MAX_LINES);
                ShortVector sums = ShortVector.zero(SHORTS);
                for (int line = from; line < end; line++) {
                    IntVector v = IntVector.fromArray(INTS, block, offset + 32 + line * 16 + quarter * 4);
                    ByteVector lower = v.reinterpretAsBytes().and((byte) 15);
                    ByteVector upper = v.lanewise(VectorOperators.LSHR, 4)
                            .reinterpretAsBytes()
                            .and((byte) 15);
                    int at = line * 64;
                    ShortVector even = lower.selectFrom(ByteVector.fromArray(BYTES, table, at))
                            .add(upper.selectFrom(ByteVector.fromArray(BYTES, table, at + 32)))
                            .reinterpretAsShorts();
                    ShortVector odd = lower.selectFrom(ByteVector.fromArray(BYTES, table, at + 16))
                            .add(upper.selectFrom(ByteVector.fromArray(BYTES, table, at + 48)))
                            .reinterpretAsShorts();
                    sums = sums.add(even.and((short) 255)).add(odd.lanewise(VectorOperators.LSHR, 8));
                }
                IntVector twos = sums.reinterpretAsInts();
                first = first.add(twos.and(0xffff));
                last = last.add(twos.lanewise(VectorOperators.LSHR, 16));
            }
            for (int lane = 0; lane < 4; lane++) {
                int slot = quarter * 4 + lane;
                hits |= finish(block, offset, slot, first.lane(lane), step, origin, base, below, out, outOffset);
                hits |= finish(block, offset, slot + 16, last.lane(lane), step, origin, base, below, out, outOffset);
            }
        }
        return hits;
    }

    private static int finish(
            int[] block,
            int offset,
            int slot,
            int sum,
            float step,
            float origin,
            float base,
            float below,
            float[] out,
            int outOffset) {
        int factor = block[offset + slot];
        float estimate = Math.fma(
                Math.fma(sum, step, origin),
                Float.intBitsToFloat(factor << 16),
                Float.intBitsToFloat(factor & 0xffff0000) + base);
        out[outOffset + slot] = estimate;
        return estimate < below ? 1 << slot : 0;
    }
}
