package dev.pagoda.vectors.kernel;

import dev.pagoda.vectors.kernel.Kernel.Measure;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// [Kernel#best] with a query in each lane, so that no sum has to be added up across lanes. Eight rows at a
/// time share what is loaded of the queries and hide the latency of the multiply-add. Where the rows are no multiple of
/// eight some are taken again, which changes no greatest and no least.
final class Columns {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final int ROWS = 8;

    private Columns() {}

    static void best(Measure measure, float[] columns, int queries, int length, float[] rows, int count, float[] best) {
        for (int group = 0; group < queries; group += LANES) {
            FloatVector found = switch (measure) {
                case DOT -> greatestProduct(columns, queries, group, length, rows, count);
                case SQUARED_L2 -> leastSquare(columns, queries, group, length, rows, count);
                case MANHATTAN -> leastSum(columns, queries, group, length, rows, count);
            };
            found.intoArray(best, group);
        }
    }

    /// The first of the eight rows from `row` on, or of the last eight.
    private static int first(int row, int count) {
        return Math.max(0, Math.min(row, count - ROWS));
    }

    private static FloatVector greatestProduct(
            float[] columns, int queries, int group, int length, float[] rows, int count) {
        FloatVector best = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        int last = count - 1;
        for (int row = 0; row < count; row += ROWS) {
            FloatVector s0 = FloatVector.zero(SPECIES);
            FloatVector s1 = s0;
            FloatVector s2 = s0;
            FloatVector s3 = s0;
            FloatVector s4 = s0;
            FloatVector s5 = s0;
            FloatVector s6 = s0;
            FloatVector s7 = s0;
            int from = first(row, count) * length;
            for (int i = 0; i < length; i++) {
                FloatVector q = FloatVector.fromArray(SPECIES, columns, i * queries + group);
                int at = from + i;
                s0 = q.fma(FloatVector.broadcast(SPECIES, rows[at]), s0);
                s1 = q.fma(FloatVector.broadcast(SPECIES, rows[at + Math.min(1, last) * length]), s1);
                s2 = q.fma(FloatVector.broadcast(SPECIES, rows[at + Math.min(2, last) * length]), s2);
                s3 = q.fma(FloatVector.broadcast(SPECIES, rows[at + Math.min(3, last) * length]), s3);
                s4 = q.fma(FloatVector.broadcast(SPECIES, rows[at + Math.min(4, last) * length]), s4);
                s5 = q.fma(FloatVector.broadcast(SPECIES, rows[at + Math.min(5, last) * length]), s5);
                s6 = q.fma(FloatVector.broadcast(SPECIES, rows[at + Math.min(6, last) * length]), s6);
                s7 = q.fma(FloatVector.broadcast(SPECIES, rows[at + Math.min(7, last) * length]), s7);
            }
            best = best.max(s0.max(s1).max(s2.max(s3))).max(s4.max(s5).max(s6.max(s7)));
        }
        return best;
    }

    private static FloatVector leastSquare(
            float[] columns, int queries, int group, int length, float[] rows, int count) {
        FloatVector best = FloatVector.broadcast(SPECIES, Float.POSITIVE_INFINITY);
        int last = count - 1;
        for (int row = 0; row < count; row += ROWS) {
            FloatVector s0 = FloatVector.zero(SPECIES);
            FloatVector s1 = s0;
            FloatVector s2 = s0;
            FloatVector s3 = s0;
            FloatVector s4 = s0;
            FloatVector s5 = s0;
            FloatVector s6 = s0;
            FloatVector s7 = s0;
            int from = first(row, count) * length;
            for (int i = 0; i < length; i++) {
                FloatVector q = FloatVector.fromArray(SPECIES, columns, i * queries + group);
                int at = from + i;
                FloatVector d0 = q.sub(rows[at]);
                FloatVector d1 = q.sub(rows[at + Math.min(1, last) * length]);
                FloatVector d2 = q.sub(rows[at + Math.min(2, last) * length]);
                FloatVector d3 = q.sub(rows[at + Math.min(3, last) * length]);
                FloatVector d4 = q.sub(rows[at + Math.min(4, last) * length]);
                FloatVector d5 = q.sub(rows[at + Math.min(5, last) * length]);
                FloatVector d6 = q.sub(rows[at + Math.min(6, last) * length]);
                FloatVector d7 = q.sub(rows[at + Math.min(7, last) * length]);
                s0 = d0.fma(d0, s0);
                s1 = d1.fma(d1, s1);
                s2 = d2.fma(d2, s2);
                s3 = d3.fma(d3, s3);
                s4 = d4.fma(d4, s4);
                s5 = d5.fma(d5, s5);
                s6 = d6.fma(d6, s6);
                s7 = d7.fma(d7, s7);
            }
            best = best.min(s0.min(s1).min(s2.min(s3))).min(s4.min(s5).min(s6.min(s7)));
        }
        return best;
    }

    private static FloatVector leastSum(float[] columns, int queries, int group, int length, float[] rows, int count) {
        FloatVector best = FloatVector.broadcast(SPECIES, Float.POSITIVE_INFINITY);
        int last = count - 1;
        for (int row = 0; row < count; row += ROWS) {
            FloatVector s0 = FloatVector.zero(SPECIES);
            FloatVector s1 = s0;
            FloatVector s2 = s0;
            FloatVector s3 = s0;
            FloatVector s4 = s0;
            FloatVector s5 = s0;
            FloatVector s6 = s0;
            FloatVector s7 = s0;
            int from = first(row, count) * length;
            for (int i = 0; i < length; i++) {
                FloatVector q = FloatVector.fromArray(SPECIES, columns, i * queries + group);
                int at = from + i;
                s0 = q.sub(rows[at]).abs().add(s0);
                s1 = q.sub(rows[at + Math.min(1, last) * length]).abs().add(s1);
                s2 = q.sub(rows[at + Math.min(2, last) * length]).abs().add(s2);
                s3 = q.sub(rows[at + Math.min(3, last) * length]).abs().add(s3);
                s4 = q.sub(rows[at + Math.min(4, last) * length]).abs().add(s4);
                s5 = q.sub(rows[at + Math.min(5, last) * length]).abs().add(s5);
                s6 = q.sub(rows[at + Math.min(6, last) * length]).abs().add(s6);
                s7 = q.sub(rows[at + Math.min(7, last) * length]).abs().add(s7);
            }
            best = best.min(s0.min(s1).min(s2.min(s3))).min(s4.min(s5).min(s6.min(s7)));
        }
        return best;
    }
}
