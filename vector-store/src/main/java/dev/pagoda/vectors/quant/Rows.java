package dev.pagoda.vectors.quant;

import dev.pagoda.vectors.kernel.Kernel.Measure;

/// Growing storage of vectors by row number.
///
/// Writers put different rows at the same time, but nobody puts while [#reserve] runs. Any thread reads a row
/// that it learned of through something published after the row was put.
public abstract sealed class Rows permits SplitRows, HalfRows, ByteRows {
    private final int dimensions;

    Rows(int dimensions) {
        if (dimensions < 1 || dimensions > 65_536) {
            throw new IllegalArgumentException("dimensions " + dimensions + " are not from 1 to 65536");
        }
        this.dimensions = dimensions;
    }

    public final int dimensions() {
        return dimensions;
    }

    /// Makes room for the rows below `rows`. The only call that no other may accompany.
    public abstract void reserve(int rows);

    /// Writes a row, rounded to what the storage holds.
    ///
    /// @param values finite, `dimensions` long
    public abstract void put(int row, float[] values);

    /// Reads a row into `values`.
    public abstract void get(int row, float[] values);

    /// Reads a row into `values` as precisely as [#near] compares.
    public void getNear(int row, float[] values) {
        get(row, values);
    }

    /// Compares a query with rows, perhaps a little less precisely than [#exact].
    ///
    /// @param nodes row numbers, `from ... from + count - 1`
    /// @param out   the results, from `from` on
    public abstract void near(Measure measure, float[] query, int[] nodes, int from, int count, float[] out);

    /// Reads the beginning of each row that [#near] is to read, and the end of a short one, so that it waits for all of
    /// them at once. Of few rows more is not worth while: the rest is read as they are compared.
    ///
    /// @return a sum of what was read, so that reading it is not left out
    public int touch(int[] nodes, int from, int count) {
        return 0;
    }

    /// Reads what [#near] reads of the first `count` rows.
    ///
    /// @return as [#touch]
    public int touchNear(int[] nodes, int count) {
        return 0;
    }

    /// Reads what [#exact] reads of the first `count` rows and [#near] does not.
    ///
    /// @return as [#touch]
    public int touchRest(int[] nodes, int count) {
        return 0;
    }

    /// Compares a query with a row as precisely as the row is kept.
    public abstract float exact(Measure measure, float[] query, int row);

    /// Whether [#near] is as precise as [#exact].
    public abstract boolean isNearExact();

    /// Bytes of a row.
    public abstract int rowBytes();

    /// Bytes taken, room for rows to come included.
    public abstract long bytes();
}
