package dev.pagoda.vectors.kernel;

/// The inner loops of the index, each once in plain Java and once in the Vector API. Rounding may differ
/// between kernels, as they add in different orders; one kernel always rounds alike, interpreted or compiled. Safe from
/// any thread.
///
/// **Halves.** A row of floats is kept as two rows of ints: the upper 16 bits of every float and the lower 16.
/// In each, 16 ints hold 32 dimensions: int `i` of a group has dimension `i` in its lower half and `i + 16` in
/// its upper. What is left over of 32, `t` dimensions, takes `(t + 1) / 2` ints: int `i` has dimension `i` and
/// `i + (t + 1) / 2`.
///
/// **Slots.** A block has codes of 32 rows, see [Slots]. In each of its lines a row has four numbers of 4 bits, and
/// a table has for each line four times 16 bytes, what each of these numbers stands for in turn. An estimate adds up
/// what a row's numbers stand for. Four bytes are added before anything is widened: of the first and the third number,
/// or
/// of the second and the fourth, of two lines. The greatest of these must not sum up to more than 255.
public sealed interface Kernel permits ScalarKernel, SimdKernel {

    /// Sum of products of `length` floats.
    float dot(float[] a, int aOffset, float[] b, int bOffset, int length);

    /// Sum of squared differences of `length` floats.
    float squaredL2(float[] a, int aOffset, float[] b, int bOffset, int length);

    /// Sum of absolute differences of `length` floats.
    float manhattan(float[] a, int aOffset, float[] b, int bOffset, int length);

    /// For each of several queries the best that any row comes to: the greatest sum of products, the least of
    /// differences. NaN if any row comes to NaN.
    ///
    /// @param columns the queries dimension by dimension: dimension `i` of query `j` is element `i * queries + j`
    /// @param queries a multiple of 16
    /// @param length  dimensions of queries and rows
    /// @param rows    end to end, `count` of them
    /// @param best    the results, `queries` of them
    void best(Measure measure, float[] columns, int queries, int length, float[] rows, int count, float[] best);

    /// Compares a query with rows of upper halves, taken for the floats. The upper half of a float is its bits
    /// rounded to 16; the lower half, with a sign, is what has to be added to give the bits.
    ///
    /// @param measure what to compute
    /// @param length  dimensions of query and rows
    /// @param arrays  the rows, as `grid` says
    /// @param nodes   row numbers, `from ... from + count - 1`
    /// @param out     the results, from `from` on
    void upper(
            Measure measure,
            float[] query,
            int length,
            int[][] arrays,
            Grid grid,
            int[] nodes,
            int from,
            int count,
            float[] out);

    /// Compares a query with one row of floats in two halves.
    float whole(Measure measure, float[] query, int length, int[] upper, int[] lower, int upperOffset, int lowerOffset);

    /// Puts the halves of a row of floats together.
    ///
    /// @param out at least `length` long
    void join(int length, int[] upper, int[] lower, int upperOffset, int lowerOffset, float[] out);

    /// Takes the upper halves of floats for the floats.
    ///
    /// @param out at least `length` long
    void widen(int length, int[] upper, int offset, float[] out);

    /// Compares a query with rows of bytes: value `u` stands for `origin + step * u`, and both lie at the end
    /// of the row as little-endian floats, origin first.
    void bytes(
            Measure measure,
            float[] query,
            int length,
            byte[][] arrays,
            Grid grid,
            int[] nodes,
            int from,
            int count,
            float[] out);

    /// Compares a query with rows of IEEE 754 half floats.
    void halfFloats(
            Measure measure,
            float[] query,
            int length,
            short[][] arrays,
            Grid grid,
            int[] nodes,
            int from,
            int count,
            float[] out);

    /// Estimates the distances of the rows of a block of [Slots]: `base + constant + slope * x`, where `x` is
    /// `step * (sum of what the table has) + origin`. The upper half of a factor is the upper half of the float
    /// `constant`, its lower half that of `slope`.
    ///
    /// @param block   factors of the slots from `offset` on, followed by the lines
    /// @param lines   an even number
    /// @param table   64 bytes a line, from 0 to 255
    /// @param below   the bound of the answer, finite
    /// @param out     the 32 estimates, from `outOffset` on
    /// @return a bit for each slot whose estimate is below `below`
    int estimate(
            int[] block,
            int offset,
            int lines,
            byte[] table,
            float step,
            float origin,
            float base,
            float below,
            float[] out,
            int outOffset);

    /// What the code of an edge is made of.
    ///
    /// @param centre    the rotated node
    /// @param neighbour the rotated neighbour
    /// @param from      the first coordinate, a multiple of 16
    /// @param to        the coordinate after the last, a multiple of 16
    /// @param bits      from element `from / 16` on, 16 bits each, lowest first: 1 where the neighbour is not
    ///     below
    /// @param sums      to element 0 is added the sum of the squared differences, to 1 that of their
    ///     magnitudes, to 2 that of the node's coordinates with the signs of the differences, to 3 the product
    ///     of node and difference
    void edge(float[] centre, float[] neighbour, int from, int to, int[] bits, float[] sums);

    /// Fills the table for [#estimate] where each of a slot's numbers has the signs of four coordinates: its 16 sums.
    ///
    /// @param rotated 16 floats a line
    /// @param scale   bytes per unit
    void fillTable(float[] rotated, int length, float scale, byte[] table);

    /// Walsh-Hadamard transform in place, orthonormal, of `length` floats from `offset` on after multiplying
    /// them by `signs` at the same places.
    ///
    /// @param length a power of two, at least 16
    void rotate(float[] values, float[] signs, int offset, int length);

    /// What runs, for people: `scalar`, or `simd` with the bits of a lane group.
    String name();

    /// What is computed of two rows.
    enum Measure {
        /// Sum of squared differences.
        SQUARED_L2,
        /// Sum of products.
        DOT,
        /// Sum of absolute differences.
        MANHATTAN
    }
}
