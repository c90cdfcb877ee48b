package dev.pagoda.deploy.bench;

import java.util.Arrays;
import java.util.stream.IntStream;

/// The exact nearest rows of each query, by comparing with every row.
///
/// It shares no code with what it judges: sums run over the rows of a transposed block, so that plain loops become
/// vector code, and what the `float` sums bring near the top is ordered again by `double` sums.
final class GroundTruth {
    private static final int BLOCK = 256;
    /// More than asked for are kept until the order by `double` is known.
    private static final int MARGIN = 32;

    private final float[][] base;
    private final float[][] queries;
    private final Metric metric;

    GroundTruth(float[][] base, float[][] queries, Metric metric) {
        this.base = base;
        this.queries = queries;
        this.metric = metric;
    }

    /// @param k       rows a query, fewer when fewer are accepted
    /// @param modulus of the accepted ids, see [ResultTag#accepts]
    /// @return ids by query, nearest first, ties by ascending id
    int[][] nearest(int k, int modulus, int threads) throws InterruptedException {
        int[] ids = IntStream.range(0, base.length)
                .filter(id -> ResultTag.accepts(id, modulus))
                .toArray();
        int[] ends = new int[queries.length];
        Arrays.fill(ends, base.length);
        return nearest(k, ids, ends, threads);
    }

    /// @param ends by query; only rows below it count
    /// @return ids by query, nearest first, ties by ascending id
    int[][] nearestBelow(int k, int[] ends, int threads) throws InterruptedException {
        return nearest(k, IntStream.range(0, base.length).toArray(), ends, threads);
    }

    private int[][] nearest(int k, int[] ids, int[] ends, int threads) throws InterruptedException {
        int[][] found = new int[queries.length][];
        Thread[] workers = new Thread[threads];
        for (int t = 0; t < threads; t++) {
            int from = (int) ((long) queries.length * t / threads);
            int to = (int) ((long) queries.length * (t + 1) / threads);
            workers[t] = Thread.ofPlatform().daemon().start(() -> scan(ids, ends, from, to, k, found));
        }
        for (Thread worker : workers) {
            worker.join();
        }
        if (Arrays.stream(found).anyMatch(row -> row == null)) {
            throw new IllegalStateException("a thread of the exact scan failed");
        }
        return found;
    }

    private void scan(int[] ids, int[] ends, int from, int to, int k, int[][] found) {
        int kept = Math.min(ids.length, k + MARGIN);
        float[][] costs = new float[to - from][kept];
        int[][] rows = new int[to - from][kept];
        int[] counts = new int[to - from];
        int dimensions = base.length == 0 ? 0 : base[0].length;
        float[] block = new float[dimensions * BLOCK];
        float[] sums = new float[BLOCK];
        for (int start = 0; start < ids.length; start += BLOCK) {
            int size = Math.min(BLOCK, ids.length - start);
            transpose(ids, start, size, block);
            for (int query = from; query < to; query++) {
                if (ids[start] >= ends[query]) {
                    continue;
                }
                sum(queries[query], block, sums);
                int q = query - from;
                for (int j = 0; j < size && ids[start + j] < ends[query]; j++) {
                    if (counts[q] < kept || sums[j] < costs[q][kept - 1]) {
                        counts[q] = insert(costs[q], rows[q], counts[q], sums[j], ids[start + j]);
                    }
                }
            }
        }
        for (int query = from; query < to; query++) {
            int q = query - from;
            found[query] = reorder(queries[query], Arrays.copyOf(rows[q], counts[q]), k);
        }
    }

    private void transpose(int[] ids, int start, int size, float[] block) {
        for (int j = 0; j < size; j++) {
            float[] row = base[ids[start + j]];
            for (int d = 0; d < row.length; d++) {
                block[d * BLOCK + j] = row[d];
            }
        }
    }

    /// Costs of a block's rows, less is nearer.
    private void sum(float[] query, float[] block, float[] sums) {
        Arrays.fill(sums, 0);
        if (metric == Metric.L2) {
            for (int d = 0; d < query.length; d++) {
                addSquares(query[d], block, d * BLOCK, sums);
            }
        } else {
            for (int d = 0; d < query.length; d++) {
                addProducts(-query[d], block, d * BLOCK, sums);
            }
        }
    }

    private static void addSquares(float value, float[] block, int offset, float[] sums) {
        for (int j = 0; j < BLOCK; j++) {
            float difference = value - block[offset + j];
            sums[j] += difference * difference;
        }
    }

    private static void addProducts(float value, float[] block, int offset, float[] sums) {
        for (int j = 0; j < BLOCK; j++) {
            sums[j] += value * block[offset + j];
        }
    }

    private static int insert(float[] costs, int[] rows, int count, float cost, int row) {
        int at = Math.min(count, costs.length - 1);
        while (at > 0 && costs[at - 1] > cost) {
            costs[at] = costs[at - 1];
            rows[at] = rows[at - 1];
            at--;
        }
        costs[at] = cost;
        rows[at] = row;
        return Math.min(count + 1, costs.length);
    }

    private int[] reorder(float[] query, int[] rows, int k) {
        record Judged(int row, double cost) {}
        return Arrays.stream(rows)
                .mapToObj(row -> new Judged(row, cost(query, base[row])))
                .sorted((a, b) -> a.cost == b.cost ? Integer.compare(a.row, b.row) : Double.compare(a.cost, b.cost))
                .limit(k)
                .mapToInt(Judged::row)
                .toArray();
    }

    private double cost(float[] a, float[] b) {
        return cost(metric, a, b);
    }

    /// Less is nearer.
    static double cost(Metric metric, float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += metric == Metric.L2 ? ((double) a[i] - b[i]) * ((double) a[i] - b[i]) : -(double) a[i] * b[i];
        }
        return sum;
    }
}
