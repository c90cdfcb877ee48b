package dev.pagoda.vectors.quant;

import dev.pagoda.vectors.kernel.Kernel;
import dev.pagoda.vectors.kernel.Kernels;
import dev.pagoda.vectors.kernel.Slots;
import java.util.Arrays;

/// Codes of edges: of the difference between a node and its neighbour one bit a rotated coordinate, its sign,
/// and two factors, so that the distance of a query to the neighbour can be estimated from its distance to the
/// node without reading the neighbour. The estimator is that of RaBitQ [1], with the node as the centre and the
/// codes of 32 neighbours interleaved for look-ups in registers as in SymphonyQG [2].
///
/// Let `r` be the rotated difference, `s` its signs, `q` and `c` the rotated query and node. Then
/// `<q - c, r>` is estimated by `f (<q, s> - <c, s>)` where `f = |r|^2 / sum |r_i|`. So one table of sums over
/// `q` serves all nodes, and what depends on the node goes into the factors.
///
/// [1] Gao and Long 2024, https://arxiv.org/abs/2405.12497
/// [2] Gou, Gao, Xu and Long 2025, https://arxiv.org/abs/2411.12229
public final class EdgeCodes {
    /// Neighbours of one block of codes.
    public static final int SLOTS = Slots.COUNT;

    private static final Kernel KERNEL = Kernels.best();
    private static final int LINE = 16;
    private static final int TABLE_TOP = 63;

    /// Ints of a node kept free for upper layers and sets of nodes.
    private static final int ROOM = 18;

    private final Rotation rotation;
    private final int dimensions;
    private final int lines;
    private final boolean dot;

    /// @param dimensions of the vectors
    /// @param dot        whether distances are a constant less the dot product, rather than squared L2
    public EdgeCodes(int dimensions, long seed, boolean dot) {
        this(dimensions, new Rotation(dimensions, seed), dot, false);
    }

    private EdgeCodes(int dimensions, Rotation rotation, boolean dot, boolean isWhole) {
        this.rotation = rotation;
        this.dimensions = dimensions;
        this.lines = (isWhole ? rotation.length() : codedDimensions(dimensions, rotation.length())) / LINE;
        this.dot = dot;
    }

    /// The same with all coordinates.
    EdgeCodes whole() {
        return new EdgeCodes(dimensions, rotation, dot, true);
    }

    /// All coordinates up to 319 dimensions; from there on as many as keep vectors, links, codes and
    /// [Sketches] within about 1.97 times the raw vectors, which leaves room below twice for what grows ahead.
    private static int codedDimensions(int dimensions, int length) {
        if (dimensions < 320) {
            return length;
        }
        int room = (int) (0.97 * dimensions) - 2 * SLOTS - ROOM - (dimensions + 15) / 16 * 2 - 1;
        return Math.min(length, room / (2 * LINE) * (2 * LINE));
    }

    /// Ints of a block: factors and lines.
    public int blockInts() {
        return Slots.blockInts(lines);
    }

    /// Coordinates of a rotated vector.
    public int rotatedLength() {
        return rotation.length();
    }

    /// Rotates the first `dimensions` values in place.
    ///
    /// @param values [#rotatedLength] long
    public void rotate(float[] values) {
        Arrays.fill(values, dimensions, values.length, 0);
        rotation.apply(values);
    }

    /// Writes code and factors of an edge.
    ///
    /// @param block     holds the block of codes from `offset` on
    /// @param centre    the rotated node
    /// @param neighbour the rotated neighbour
    public void write(int[] block, int offset, int slot, float[] centre, float[] neighbour) {
        int[] bits = new int[lines];
        float[] sums = new float[4];
        KERNEL.edge(centre, neighbour, 0, lines * LINE, bits, sums);
        float coded = sums[1];
        float signed = sums[2];
        if (lines * LINE < centre.length) {
            KERNEL.edge(centre, neighbour, lines * LINE, centre.length, new int[centre.length / LINE], sums);
        }
        float square = sums[0];
        float product = sums[3];
        for (int line = 0; line < lines; line++) {
            Slots.put(block, offset, line, slot, bits[line]);
        }
        float f = coded > 0 ? square / coded : 0;
        float constant = dot ? f * signed - product : square + 2 * f * signed;
        float slope = dot ? -f : -2 * f;
        block[offset + slot] = Slots.factors(constant, slope);
    }

    /// Copies code and factors from a slot of the block at `fromOffset` to one of the block at `toOffset`.
    public void move(int[] block, int fromOffset, int from, int toOffset, int to) {
        Slots.copy(block, fromOffset, from, toOffset, to, lines);
    }

    /// Makes a slot's estimate infinite.
    public void clear(int[] block, int offset, int slot) {
        block[offset + slot] = Slots.factors(Float.POSITIVE_INFINITY, 0);
    }

    /// Prepares `query`, whose table serves every node.
    ///
    /// @param query holds the rotated query
    public void prepare(Query query) {
        float greatest = 0;
        float origin = 0;
        float[] rotated = query.rotated;
        int coded = lines * LINE;
        for (int i = 0; i < coded; i += 4) {
            float sum = Math.abs(rotated[i])
                    + Math.abs(rotated[i + 1])
                    + Math.abs(rotated[i + 2])
                    + Math.abs(rotated[i + 3]);
            greatest = Math.max(greatest, sum);
            origin -= sum;
        }
        query.step = greatest > 0 ? 2 * greatest / TABLE_TOP : 1;
        query.origin = origin;
        KERNEL.fillTable(rotated, coded, 1 / query.step, query.table);
    }

    /// Estimates the distances of a node's neighbours; see [Kernel#estimate].
    ///
    /// @param base the distance of query and node
    public int estimate(int[] block, int offset, Query query, float base, float below, float[] out, int outOffset) {
        return KERNEL.estimate(
                block, offset, lines, query.table, query.step, query.origin, base, below, out, outOffset);
    }

    /// A query's table.
    public final class Query {
        /// The rotated query, to be filled before [#prepare].
        public final float[] rotated = new float[rotation.length()];

        private final byte[] table = new byte[lines * LINE * 4];
        private float step;
        private float origin;
    }
}
