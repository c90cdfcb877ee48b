package dev.pagoda.gateway.media;

import java.util.Arrays;
import java.util.Comparator;
import java.util.PriorityQueue;

/// A canonical prefix code of WebP's lossless form (RFC 9649, section 3.7.2): Huffman's, with at most 15 bits a symbol.
///
/// Its own code is the plainest that is allowed: four bits for the length of each symbol.
final class PrefixCode {
    private static final int MAX_LENGTH = 15;
    private static final int LENGTH_BITS = 4;

    /// The order in which kinds of lengths are told; 16 to 18 repeat others, and none here does.
    private static final int[] KINDS = {17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

    private final int[] lengths;

    /// With their first bit lowest.
    private final int[] codes;

    /// The only symbol of a code that needs no bits, -1 if there are more.
    private final int only;

    private PrefixCode(int[] lengths, int only) {
        this.lengths = lengths;
        this.codes = canonical(lengths);
        this.only = only;
    }

    /// @param counts how often each symbol occurs; if only one does, it is below 256
    static PrefixCode of(int[] counts) {
        int used = 0;
        int last = 0;
        for (int symbol = 0; symbol < counts.length; symbol++) {
            if (counts[symbol] > 0) {
                used++;
                last = symbol;
            }
        }
        if (used < 2) {
            return new PrefixCode(new int[counts.length], last);
        }
        // rarer symbols are counted as this many until none is too long
        for (int least = 1; ; least *= 2) {
            int[] lengths = lengths(counts, least);
            if (Arrays.stream(lengths).max().orElse(0) <= MAX_LENGTH) {
                return new PrefixCode(lengths, -1);
            }
        }
    }

    /// @param parts two, or none of a symbol
    private record Node(long count, int symbol, Node[] parts) {}

    private static int[] lengths(int[] counts, int least) {
        var left = new PriorityQueue<Node>(Comparator.comparingLong(Node::count).thenComparingInt(Node::symbol));
        for (int symbol = 0; symbol < counts.length; symbol++) {
            if (counts[symbol] > 0) {
                left.add(new Node(Math.max(least, counts[symbol]), symbol, new Node[0]));
            }
        }
        for (int number = counts.length; left.size() > 1; number++) {
            Node one = left.remove();
            Node other = left.remove();
            left.add(new Node(one.count() + other.count(), number, new Node[] {one, other}));
        }
        int[] lengths = new int[counts.length];
        deepen(left.remove(), 0, lengths);
        return lengths;
    }

    private static void deepen(Node node, int depth, int[] lengths) {
        if (node.parts().length == 0) {
            lengths[node.symbol()] = depth;
        }
        for (Node part : node.parts()) {
            deepen(part, depth + 1, lengths);
        }
    }

    private static int[] canonical(int[] lengths) {
        int[] codes = new int[lengths.length];
        int next = 0;
        for (int length = 1; length <= MAX_LENGTH; length++) {
            next <<= 1;
            for (int symbol = 0; symbol < lengths.length; symbol++) {
                if (lengths[symbol] == length) {
                    codes[symbol] = Integer.reverse(next++) >>> (32 - length);
                }
            }
        }
        return codes;
    }

    void write(Webp.Bits bits) {
        if (only >= 0) {
            writeOne(bits, only);
            return;
        }
        bits.put(0, 1);
        bits.put(KINDS.length - 4, 4);
        for (int kind : KINDS) {
            bits.put(kind <= MAX_LENGTH ? LENGTH_BITS : 0, 3);
        }
        bits.put(0, 1); // lengths of all symbols follow
        for (int length : lengths) {
            bits.put(Integer.reverse(length) >>> (32 - LENGTH_BITS), LENGTH_BITS);
        }
    }

    /// A code of one symbol.
    static void writeOne(Webp.Bits bits, int symbol) {
        bits.put(1, 1);
        bits.put(0, 1); // one symbol
        bits.put(1, 1); // of eight bits
        bits.put(symbol, 8);
    }

    void put(Webp.Bits bits, int symbol) {
        bits.put(codes[symbol], lengths[symbol]);
    }
}
