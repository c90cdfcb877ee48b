package dev.pagoda.vectors.kernel;

/// Where rows of equal length lie in a table of arrays: a power of two of rows in each array.
///
/// @param stride elements of a row, at least 1
/// @param shift  log2 of the rows of an array
public record Grid(int stride, int shift) {
    /// Elements before the first row: a Java array of ints has a header of 16 bytes, so that after 12 more ints
    /// a row starts on a cache line where the garbage collector has put the array on one.
    public static final int PAD = 12;

    /// An array holds at most about this many elements, unless one row is longer.
    private static final int ARRAY_ELEMENTS = 1 << 20;

    public Grid {
        if (stride < 1 || shift < 0) {
            throw new IllegalArgumentException("stride " + stride + " or shift " + shift + " is too small");
        }
    }

    /// The largest arrays that are not too large for rows of `stride` elements.
    public static Grid of(int stride) {
        return new Grid(stride, 31 - Integer.numberOfLeadingZeros(Math.max(1, ARRAY_ELEMENTS / stride)));
    }

    /// The array of a row.
    public int array(int row) {
        return row >>> shift;
    }

    /// Where the row starts in its array.
    public int offset(int row) {
        return PAD + (row & ((1 << shift) - 1)) * stride;
    }

    /// Rows of a full array.
    public int rows() {
        return 1 << shift;
    }

    /// Elements of an array of so many rows.
    public int elements(int rows) {
        return PAD + rows * stride;
    }
}
