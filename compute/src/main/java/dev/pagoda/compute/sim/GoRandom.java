package dev.pagoda.compute.sim;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/// The pseudo-random numbers of Go's `math/rand` (the generator of version 1), so that studies published with
/// it can be repeated seed by seed.
///
/// **The generator** is additive lagged Fibonacci: `x(n) = x(n-607) + x(n-273)` modulo 2^64 (Mitchell and Moore
/// 1958, in Knuth's "The Art of Computer Programming", volume 2, 3.2.2). A seed fills the 607 values from a
/// linear congruential generator (48271, modulo 2^31 - 1) and mixes each with a fixed value.
///
/// **The fixed values** are the state of the same recurrence, begun with seed 1, after 7.8e12 steps. They are
/// not stored but reached by a jump: the state after n steps is a linear function of the first one whose
/// coefficients are `x^n` modulo the characteristic polynomial `x^607 - x^334 - 1`, found by squaring in about
/// 43 multiplications of polynomials.
///
/// One owner's thread.
final class GoRandom {
    private static final int LENGTH = 607;
    private static final int TAP = 273;
    private static final int MODULUS = Integer.MAX_VALUE;
    private static final long JUMP = 7_800_000_000_000L;
    /// What Go seeds with instead of 0.
    private static final int INSTEAD_OF_ZERO = 89_482_311;

    private static final long LOW_32 = 0xFFFF_FFFFL;

    private static final long[] FIXED = fixedValues();

    private final long[] state = new long[LENGTH];
    private int tap;
    private int feed = LENGTH - TAP;

    GoRandom(long seed) {
        int x = start(seed);
        for (int i = -20; i < LENGTH; i++) {
            x = next(x);
            if (i >= 0) {
                long mixed = (long) x << 40;
                x = next(x);
                mixed ^= (long) x << 20;
                x = next(x);
                mixed ^= x;
                state[i] = mixed ^ FIXED[i];
            }
        }
    }

    private static int start(long seed) {
        long x = seed % MODULUS;
        if (x < 0) {
            x += MODULUS;
        }
        return x == 0 ? INSTEAD_OF_ZERO : (int) x;
    }

    private static int next(int x) {
        return (int) (48_271L * x % MODULUS);
    }

    private static long[] fixedValues() {
        // The recurrence runs downwards through its 607 places: the first step rewrites place 333. Here the
        // places are put in the order of time, oldest first.
        long[] first = new long[2 * LENGTH];
        int x = 1;
        long[] places = new long[LENGTH];
        for (int i = -20; i < LENGTH; i++) {
            x = next(x);
            if (i >= 0) {
                long mixed = (long) x << 20;
                x = next(x);
                mixed ^= (long) x << 10;
                x = next(x);
                places[i] = mixed ^ x;
            }
        }
        for (int age = 0; age < LENGTH; age++) {
            first[age] = places[place(age, 0)];
        }
        for (int t = LENGTH; t < first.length; t++) {
            first[t] = first[t - LENGTH] + first[t - TAP];
        }
        long[] jump = powerOfX(JUMP);
        long[] fixed = new long[LENGTH];
        for (int age = 0; age < LENGTH; age++) {
            long sum = 0;
            for (int k = 0; k < LENGTH; k++) {
                sum += jump[k] * first[k + age];
            }
            fixed[place(age, JUMP)] = sum;
        }
        return fixed;
    }

    /// Where the value that is `age` steps younger than the oldest lies after so many steps.
    private static int place(int age, long steps) {
        return (int) Math.floorMod(LENGTH - TAP - 1 - age - steps, (long) LENGTH);
    }

    /// `x^n` modulo `x^607 - x^334 - 1`, coefficients modulo 2^64.
    private static long[] powerOfX(long n) {
        long[] power = new long[LENGTH];
        power[0] = 1;
        for (int bit = Long.SIZE - 1 - Long.numberOfLeadingZeros(n); bit >= 0; bit--) {
            long[] square = new long[2 * LENGTH];
            for (int i = 0; i < LENGTH; i++) {
                for (int j = 0; j < LENGTH; j++) {
                    square[i + j] += power[i] * power[j];
                }
            }
            if ((n >>> bit & 1) == 1) {
                System.arraycopy(square, 0, square, 1, square.length - 1);
                square[0] = 0;
            }
            for (int high = square.length - 1; high >= LENGTH; high--) {
                square[high - LENGTH] += square[high];
                square[high - TAP] += square[high];
            }
            power = Arrays.copyOf(square, LENGTH);
        }
        return power;
    }

    /// Go's `Int63`: 0 or more.
    long int63() {
        tap = tap == 0 ? LENGTH - 1 : tap - 1;
        feed = feed == 0 ? LENGTH - 1 : feed - 1;
        state[feed] += state[tap];
        return state[feed] & Long.MAX_VALUE;
    }

    /// Go's `Intn` for bounds of 31 bits: 0 to `n - 1`.
    int intn(int n) {
        if (n <= 0) {
            throw new IllegalArgumentException("bound " + n + " is below 1");
        }
        if ((n & n - 1) == 0) {
            return int31() & n - 1;
        }
        int most = (int) ((1L << 31) - 1 - (1L << 31) % n);
        int value = int31();
        while (value > most) {
            value = int31();
        }
        return value % n;
    }

    private int int31() {
        return (int) (int63() >>> 32);
    }

    /// Go's `Perm`: the numbers from 0 to `n - 1` in random order.
    int[] perm(int n) {
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            int j = intn(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    /// Go's `Shuffle`.
    <T> void shuffle(List<T> list) {
        for (int i = list.size() - 1; i > 0; i--) {
            Collections.swap(list, i, below(i + 1));
        }
    }

    /// The unbiased draw that Go's `Shuffle` makes (Lemire's multiplication).
    private int below(int n) {
        long product = (int63() >>> 31) * n;
        if ((product & LOW_32) < n) {
            long least = ((1L << 32) - n) % n;
            while ((product & LOW_32) < least) {
                product = (int63() >>> 31) * n;
            }
        }
        return (int) (product >>> 32);
    }
}
