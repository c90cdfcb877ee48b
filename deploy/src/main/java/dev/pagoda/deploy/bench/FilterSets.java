package dev.pagoda.deploy.bench;

import dev.pagoda.vectors.hnsw.NodeSet;
import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;

/// The rows that filters accept, a set for each query.
final class FilterSets {
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;
    private static final long MIX = 0xbf58476d1ce4e5b9L;

    private final LiveData data;
    private final long seed;

    FilterSets(LiveData data, long seed) {
        this.data = data;
        this.seed = seed;
    }

    /// Sets by share and query.
    ///
    /// @param shares of the rows, above 0 and at most 1
    NodeSet[][] of(FilterKind kind, double[] shares) {
        int queries = Math.min(kind.queries(), data.queries().length);
        NodeSet[][] sets = new NodeSet[shares.length][queries];
        IntStream.range(0, queries).parallel().forEach(query -> {
            int[] rows = kind == FilterKind.RANDOM ? new int[0] : nearestFirst(query);
            for (int i = 0; i < shares.length; i++) {
                sets[i][query] = switch (kind) {
                    case RANDOM -> random(query, shares[i]);
                    case CORRELATED -> set(rows, 0, count(shares[i]));
                    case ANTI_CORRELATED -> set(rows, rows.length - count(shares[i]), rows.length);
                };
            }
        });
        return sets;
    }

    /// Each row by its own chance, so that the size of the set varies and may be 0.
    private NodeSet random(int query, double share) {
        return NodeSet.of(data.base().length, row -> fraction(query, row) < share);
    }

    /// Evenly spread over 0 to 1, the same for the same seed, query and row.
    private double fraction(int query, int row) {
        long x = mixed(mixed(seed + GOLDEN * (query + 1L)) + GOLDEN * (row + 1L));
        return (x >>> 11) * 0x1.0p-53;
    }

    private static long mixed(long x) {
        long once = (x ^ (x >>> 30)) * MIX;
        long twice = (once ^ (once >>> 27)) * 0x94d049bb133111ebL;
        return twice ^ (twice >>> 31);
    }

    private int count(double share) {
        return (int) Math.max(1, Math.round(share * data.base().length));
    }

    private NodeSet set(int[] rows, int from, int to) {
        BitSet chosen = new BitSet(rows.length);
        for (int i = from; i < to; i++) {
            chosen.set(rows[i]);
        }
        return NodeSet.of(rows.length, chosen::get);
    }

    /// All rows, ties by ascending row.
    private int[] nearestFirst(int query) {
        long[] keys = new long[data.base().length];
        for (int row = 0; row < keys.length; row++) {
            int bits = Float.floatToIntBits((float) data.cost(query, row));
            // so that integers are in the order of the floats, negative ones too
            int ordered = bits < 0 ? bits ^ Integer.MAX_VALUE : bits;
            keys[row] = ((long) ordered << 32) | row;
        }
        Arrays.sort(keys);
        return Arrays.stream(keys).mapToInt(key -> (int) key).toArray();
    }
}
