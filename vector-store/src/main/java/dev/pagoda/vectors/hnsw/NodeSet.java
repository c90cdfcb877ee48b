package dev.pagoda.vectors.hnsw;

import java.util.function.IntPredicate;

/// A set of nodes that does not change. As a filter of [HnswIndex#search] it says how many it accepts and
/// which, so that nodes need not be asked one by one.
public final class NodeSet implements IntPredicate {
    private final long[] words;
    private final int size;

    private NodeSet(long[] words) {
        this.words = words;
        int count = 0;
        for (long word : words) {
            count += Long.bitCount(word);
        }
        this.size = count;
    }

    /// Those whose bits are set.
    ///
    /// @param words node 0 is the lowest bit of the first; the set takes them over
    public static NodeSet ofBits(long[] words) {
        return new NodeSet(words);
    }

    /// Those below `end` that are accepted.
    public static NodeSet of(int end, IntPredicate accept) {
        long[] words = new long[(end + 63) >>> 6];
        for (int node = 0; node < end; node++) {
            if (accept.test(node)) {
                words[node >>> 6] |= 1L << node;
            }
        }
        return new NodeSet(words);
    }

    /// These.
    public static NodeSet of(int... nodes) {
        int end = 0;
        for (int node : nodes) {
            end = Math.max(end, node + 1);
        }
        long[] words = new long[(end + 63) >>> 6];
        for (int node : nodes) {
            words[node >>> 6] |= 1L << node;
        }
        return new NodeSet(words);
    }

    public int size() {
        return size;
    }

    @Override
    public boolean test(int node) {
        int word = node >>> 6;
        return word < words.length && ((words[word] >>> node) & 1) != 0;
    }

    /// Members `64 word` to `64 word + 63`, lowest bit first.
    long word(int word) {
        return words[word];
    }

    int words() {
        return words.length;
    }

    /// The least member from `from` on, -1 if there is none.
    public int next(int from) {
        int word = from >>> 6;
        if (word >= words.length) {
            return -1;
        }
        long bits = words[word] & (-1L << from);
        while (bits == 0) {
            if (++word == words.length) {
                return -1;
            }
            bits = words[word];
        }
        return (word << 6) + Long.numberOfTrailingZeros(bits);
    }
}
