package dev.pagoda.vectors.kernel;

/// Rows of values from 0 to 255 and two factors, laid out so that a value needs no conversion to become a float.
///
/// Four values share an int: value `4 i + b` of a row is byte `b` of int `i`, which is then rotated left by 7. So the
/// first two lie in bits 7 to 22, which are the mantissa of a float, and so do the other two after a rotation by 16:
/// masked and given the exponent of 1, the values `u` and `v` in bits 7 and 15 are `1 + u / 2^16` and `1 + v / 2^8`.
/// These are multiplied by weights that make up for the power, and the sums of the weights are what sums begin with.
///
/// The last two ints of a row are the bits of two floats, its constant and its slope.
///
/// Rows are read 16 ints at a time; the last 16 reach to the end of the row, and what they have of values that were
/// read before, or of factors, has no weight.
public final class Levels {
    /// Ints read at a time.
    static final int GROUP = 16;

    /// Floats of the weights that belong to a group: for each int one that sums begin with and one for each value.
    static final int GROUP_WEIGHTS = 5 * GROUP;

    static final int ROTATION = 7;

    private static final int FACTORS = 2;

    private Levels() {}

    /// Ints of a row of so many values, factors included.
    ///
    /// @param values a multiple of 4
    public static int stride(int values) {
        return Math.max(GROUP, values / 4 + FACTORS);
    }

    /// The int that holds four values from 0 to 255.
    public static int packed(int first, int second, int third, int fourth) {
        return Integer.rotateLeft(first | (second << 8) | (third << 16) | (fourth << 24), ROTATION);
    }

    /// Sets the factors of a row.
    public static void setFactors(int[] array, int offset, int stride, float constant, float slope) {
        array[offset + stride - 2] = Float.floatToRawIntBits(constant);
        array[offset + stride - 1] = Float.floatToRawIntBits(slope);
    }

    /// What a kernel wants of a query, so that sums come to `added` plus that of the products of query and values.
    ///
    /// @param query as long as a row has values, a multiple of 4
    public static float[] weights(float[] query, float added) {
        int ints = query.length / 4;
        int groups = groups(ints);
        float[] weights = new float[groups * GROUP_WEIGHTS];
        for (int i = 0; i < ints; i++) {
            int group = i / GROUP;
            int at = group * GROUP_WEIGHTS + i - start(group, stride(query.length));
            for (int b = 0; b < 4; b++) {
                float weight = query[4 * i + b] * ((b & 1) == 0 ? 0x1p16f : 0x1p8f);
                weights[at + (b + 1) * GROUP] = weight;
                weights[at] -= weight;
            }
        }
        weights[0] += added;
        return weights;
    }

    /// Groups of so many ints of values, an even number, as kernels take two at a time.
    private static int groups(int ints) {
        return (ints + 2 * GROUP - 1) / (2 * GROUP) * 2;
    }

    /// The groups that weights are for.
    static int groupsOf(float[] weights) {
        return weights.length / GROUP_WEIGHTS;
    }

    /// Where a group starts in a row.
    static int start(int group, int stride) {
        return Math.min(group * GROUP, stride - GROUP);
    }
}
