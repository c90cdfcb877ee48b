package dev.pagoda.vectors.quant;

import dev.pagoda.vectors.kernel.Grid;

/// Codes of the first rows as [EdgeCodes] has them of edges, here of the edges from one common centre to every row
/// and of all coordinates: 32 rows a block in order of their numbers. So all rows of a small index are estimated in
/// little time, a few nanoseconds each.
///
/// The centre is the mean of the first rows put; until these are there nothing can be estimated.
///
/// **Concurrency.** Writers of rows take turns, nobody puts while [#reserve] runs. Readers take no lock: an estimate of
/// a row that is being written may be wrong.
public final class FlatCodes {
    /// Rows from here on have none.
    public static final int ROWS = 1 << 14;

    private final EdgeCodes codes;
    private final boolean dot;
    private final float[] origin;
    private final IntTable blocks;
    private final Centre centre = new Centre(this::write);

    /// @param dot as of `codes`
    public FlatCodes(EdgeCodes codes, boolean dot) {
        this.codes = codes.whole();
        this.dot = dot;
        this.origin = new float[codes.rotatedLength()];
        this.blocks = new IntTable(Grid.of(this.codes.blockInts()));
    }

    /// Makes room for the rows below `rows`, as far as there may be.
    public void reserve(int rows) {
        int wanted = (Math.min(rows, ROWS) + EdgeCodes.SLOTS - 1) / EdgeCodes.SLOTS;
        int before = blocks.capacity();
        blocks.reserve(wanted);
        for (int block = before; block < blocks.capacity(); block++) {
            for (int slot = 0; slot < EdgeCodes.SLOTS; slot++) {
                codes.clear(blocks.array(block), blocks.grid().offset(block), slot);
            }
        }
    }

    /// Sets the code of a row below [#ROWS]; others are left out.
    public void put(int row, float[] values) {
        if (row < ROWS) {
            float[] rotated = new float[codes.rotatedLength()];
            System.arraycopy(values, 0, rotated, 0, values.length);
            codes.rotate(rotated);
            centre.put(row, rotated);
        }
    }

    private synchronized void write(int row, float[] rotated, float[] mean) {
        float[] from = mean;
        float[] to = rotated;
        if (dot) {
            // the product with the difference is off by what the query is long, not by its distance from the centre
            from = origin;
            to = rotated.clone();
            for (int i = 0; i < to.length; i++) {
                to[i] -= mean[i];
            }
        }
        int block = row / EdgeCodes.SLOTS;
        codes.write(blocks.array(block), blocks.grid().offset(block), row % EdgeCodes.SLOTS, from, to);
    }

    /// Whether distances can be estimated.
    public boolean isReady() {
        return centre.mean() != null;
    }

    /// Prepares a query.
    public EdgeCodes.Query query(float[] values) {
        EdgeCodes.Query query = codes.new Query();
        System.arraycopy(values, 0, query.rotated, 0, values.length);
        codes.rotate(query.rotated);
        codes.prepare(query);
        return query;
    }

    /// Estimates the distances of the rows of a block, all less by the same amount; see [EdgeCodes#estimate].
    ///
    /// @param block the number of its first row over [EdgeCodes#SLOTS]
    /// @return a bit for each row whose estimate is below `below`
    public int estimate(int block, EdgeCodes.Query query, float below, float[] out) {
        return codes.estimate(blocks.array(block), blocks.grid().offset(block), query, 0, below, out, 0);
    }

    public long bytes() {
        return blocks.bytes();
    }
}
