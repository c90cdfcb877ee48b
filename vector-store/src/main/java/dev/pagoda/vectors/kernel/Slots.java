package dev.pagoda.vectors.kernel;

/// Where what belongs to a slot lies in a block of 32 slots, which [Kernel#estimate] reads: first the factors of the
/// slots, an int each, then lines of 16 ints with 16 bits for each slot.
public final class Slots {
    public static final int COUNT = 32;

    /// Ints of a line.
    public static final int LINE = 16;

    private static final int BITS = 16;
    private static final int MASK = 0xffff;

    private Slots() {}

    /// Ints of a block.
    public static int blockInts(int lines) {
        return COUNT + lines * LINE;
    }

    /// Sets what a line has for a slot.
    ///
    /// @param four what is looked up in the four tables of the line, in turn 4 bits each, lowest first
    public static void put(int[] block, int offset, int line, int slot, int four) {
        // a byte has what is looked up in the first and third, or in the second and fourth
        int crossed = (four & 0xf00f) | ((four & 0x00f0) << 4) | ((four & 0x0f00) >>> 4);
        int cell = cell(offset, line, slot);
        block[cell] = (block[cell] & ~(MASK << shift(slot))) | (crossed << shift(slot));
    }

    /// Copies everything that a block has of a slot.
    public static void copy(int[] block, int fromOffset, int from, int toOffset, int to, int lines) {
        for (int line = 0; line < lines; line++) {
            int bits = (block[cell(fromOffset, line, from)] >>> shift(from)) & MASK;
            int cell = cell(toOffset, line, to);
            block[cell] = (block[cell] & ~(MASK << shift(to))) | (bits << shift(to));
        }
        block[toOffset + to] = block[fromOffset + from];
    }

    private static int cell(int offset, int line, int slot) {
        return offset + COUNT + line * LINE + (slot & (LINE - 1));
    }

    private static int shift(int slot) {
        return slot / LINE * BITS;
    }

    /// The factors of a slot, rounded to 8 significant bits.
    public static int factors(float constant, float slope) {
        return (upperHalf(constant) << BITS) | upperHalf(slope);
    }

    private static int upperHalf(float value) {
        int bits = Float.floatToRawIntBits(value);
        return (bits + 0x7fff + ((bits >>> BITS) & 1)) >>> BITS;
    }
}
