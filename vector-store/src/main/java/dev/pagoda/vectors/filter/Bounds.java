package dev.pagoda.vectors.filter;

import java.util.Arrays;

/// What is known of the slots that meet a condition: some surely do, all that do are possible. Rows of bits
/// by slot, of equal length; whoever makes a record owns them.
public record Bounds(long[] sure, long[] possible) {

    static long[] bits(SlotSet slots, int words) {
        long[] bits = new long[words];
        slots.orInto(bits);
        return bits;
    }

    static Bounds exactly(SlotSet slots, int words) {
        long[] bits = bits(slots, words);
        return new Bounds(bits, bits.clone());
    }

    static Bounds everything(int words) {
        return nothing(words).not();
    }

    static Bounds nothing(int words) {
        return new Bounds(new long[words], new long[words]);
    }

    static Bounds unknown(int words) {
        return new Bounds(new long[words], everything(words).possible);
    }

    /// In place.
    Bounds not() {
        for (int i = 0; i < sure.length; i++) {
            long known = sure[i];
            sure[i] = ~possible[i];
            possible[i] = ~known;
        }
        return this;
    }

    /// In place.
    Bounds and(Bounds other) {
        for (int i = 0; i < sure.length; i++) {
            sure[i] &= other.sure[i];
            possible[i] &= other.possible[i];
        }
        return this;
    }

    /// In place.
    Bounds or(Bounds other) {
        for (int i = 0; i < sure.length; i++) {
            sure[i] |= other.sure[i];
            possible[i] |= other.possible[i];
        }
        return this;
    }

    /// In place: nothing is sure any more.
    Bounds notSure() {
        Arrays.fill(sure, 0);
        return this;
    }
}
