package dev.pagoda.vectors.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// How kernels exchange the lanes of vectors of the preferred shape, to add them up in an order of their own that is
/// always the same.
///
/// `reduceLanes` adds floats in whatever order it likes: one by one where the JVM interprets it or compiles it quickly,
/// by halves where it compiles it well. So the last bits of a sum, and with them the links of a graph, would depend on
/// how far the compiler had come. Exchanging lanes and adding whole vectors round alike everywhere. Sums of integers
/// and bit operations do not need this.
///
/// Four sums are added up together: two vectors, of which one has exchanged lanes, are added into one with half of
/// each, so that four sums take no longer than two. Either is written out at each place, as the JIT compiler does not
/// inline a method of that size everywhere, and makes objects of vectors that a call passes.
final class LaneSums {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    /// The lanes in runs of 1, 2, 4 or 8, each two of them exchanged. Each is a constant of its own, since the JIT
    /// compiler knows no elements of arrays.
    static final VectorShuffle<Float> SWAP_1 = swap(1);

    static final VectorShuffle<Float> SWAP_2 = swap(2);
    static final VectorShuffle<Float> SWAP_4 = swap(4);
    static final VectorShuffle<Float> SWAP_8 = swap(8);

    /// Every second lane, and every second two lanes.
    static final VectorMask<Float> ODD = lanes(1);

    static final VectorMask<Float> ODD_PAIRS = lanes(2);

    private LaneSums() {}

    private static VectorShuffle<Float> swap(int run) {
        return VectorShuffle.fromOp(SPECIES, lane -> (lane ^ run) & (LANES - 1));
    }

    /// The lanes whose number has a bit.
    private static VectorMask<Float> lanes(int bit) {
        boolean[] lanes = new boolean[LANES];
        for (int lane = 0; lane < LANES; lane++) {
            lanes[lane] = (lane & bit) != 0;
        }
        return VectorMask.fromArray(SPECIES, lanes, 0);
    }
}
