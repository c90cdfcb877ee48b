package dev.pagoda.deploy.bench;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/// A seeded mixture of clusters of unlike sizes and spreads, each lying near a subspace of its own.
///
/// A row is `centre + basis * latent + noise`. All centres and bases are made of one pool of [#POOL] directions; a
/// cluster spreads along 10 to 28 of them, chosen and scaled anew, the first more than the last, and the noise fills
/// all dimensions thinly. Centres are near enough for clusters to overlap. So the intrinsic dimension is far below
/// that of the space, as with descriptors of images, no cluster is found by its centre alone, and none is out of
/// reach.
final class ClusteredSet {
    static final int DIMENSIONS = 128;
    /// These constants were chosen so that plain HNSW (M 16, efConstruction 200, 200,000 rows) needs about the breadth
    /// that it needs for SIFT's descriptors: ef 37 for recall@10 0.95 and 165 for 0.99.
    private static final int POOL = 40;
    private static final int LEAST_DIRECTIONS = 10;
    private static final int MOST_DIRECTIONS = 28;
    /// So that a cluster of a small set still has neighbours enough.
    private static final int ROWS_PER_CLUSTER = 2_000;
    private static final int MOST_CLUSTERS = 500;

    private static final double DECAY = 0.25;
    private static final double CENTRE_SPREAD = 0.3;
    private static final double NOISE = 0.1;
    private static final double SIZE_SIGMA = 1;
    private static final double SPREAD_SIGMA = 0.3;

    private record Cluster(float[] centre, float[][] basis, double shareTo) {}

    private final int dimensions;
    private final Cluster[] clusters;

    private ClusteredSet(int dimensions, Cluster[] clusters) {
        this.dimensions = dimensions;
        this.clusters = clusters;
    }

    /// Rows and queries are drawn from one mixture with generators of their own; the same arguments give the same set.
    static MadeSet make(int rows, int queries, long seed) {
        return make(rows, DIMENSIONS, queries, seed);
    }

    /// As [#make], in a space of other size; the same 40 directions make the rows.
    static MadeSet make(int rows, int dimensions, int queries, long seed) {
        int clusters = Math.clamp(rows / ROWS_PER_CLUSTER, 8, MOST_CLUSTERS);
        ClusteredSet mixture = mixture(clusters, dimensions, new SplittableRandom(seed));
        return new MadeSet(
                "clustered", Metric.L2, mixture.draw(rows, seed + 1), mixture.draw(queries, seed + 1_000_000_007L));
    }

    private static ClusteredSet mixture(int count, int dimensions, SplittableRandom random) {
        double[] sizes = new double[count];
        double total = 0;
        for (int c = 0; c < count; c++) {
            sizes[c] = Math.exp(SIZE_SIGMA * random.nextGaussian());
            total += sizes[c];
        }
        float[][] common = new float[POOL][dimensions];
        for (float[] direction : common) {
            for (int d = 0; d < dimensions; d++) {
                direction[d] = (float) random.nextGaussian();
            }
        }
        Cluster[] clusters = new Cluster[count];
        double share = 0;
        for (int c = 0; c < count; c++) {
            share += sizes[c] / total;
            float[] centre = new float[dimensions];
            addLatent(centre, scaled(common, POOL, CENTRE_SPREAD, 0, random), random);
            int directions = random.nextInt(LEAST_DIRECTIONS, MOST_DIRECTIONS + 1);
            double spread = Math.exp(SPREAD_SIGMA * random.nextGaussian());
            float[][] basis = scaled(common, directions, spread, DECAY, random);
            clusters[c] = new Cluster(centre, basis, c == count - 1 ? 1 : share);
        }
        return new ClusteredSet(dimensions, clusters);
    }

    /// A random choice of the common directions, the i-th as long as `spread * (i + 1) ^ -decay`.
    private static float[][] scaled(
            float[][] common, int directions, double spread, double decay, RandomGenerator random) {
        int dimensions = common[0].length;
        float[][] pool = common.clone();
        float[][] basis = new float[directions][dimensions];
        for (int i = 0; i < directions; i++) {
            int chosen = random.nextInt(i, pool.length);
            float[] direction = pool[chosen];
            pool[chosen] = pool[i];
            double length = spread * Math.pow(i + 1.0, -decay);
            for (int d = 0; d < dimensions; d++) {
                basis[i][d] = (float) (length * direction[d]);
            }
        }
        return basis;
    }

    private static void addLatent(float[] row, float[][] basis, RandomGenerator random) {
        for (float[] direction : basis) {
            float latent = (float) random.nextGaussian();
            for (int d = 0; d < row.length; d++) {
                row[d] += latent * direction[d];
            }
        }
    }

    private float[][] draw(int rows, long seed) {
        float[][] drawn = new float[rows][];
        IntStream.range(0, rows).parallel().forEach(i -> drawn[i] = row(new SplittableRandom(mix(seed, i))));
        return drawn;
    }

    /// Neighbouring seeds of a [SplittableRandom] give streams that look alike at their start.
    private static long mix(long seed, int row) {
        long x = (seed * 0x9e3779b97f4a7c15L) ^ ((row + 1L) * 0xbf58476d1ce4e5b9L);
        x = (x ^ (x >>> 30)) * 0xbf58476d1ce4e5b9L;
        x = (x ^ (x >>> 27)) * 0x94d049bb133111ebL;
        return x ^ (x >>> 31);
    }

    private float[] row(SplittableRandom random) {
        Cluster cluster = cluster(random.nextDouble());
        float[] row = cluster.centre().clone();
        addLatent(row, cluster.basis(), random);
        for (int d = 0; d < dimensions; d++) {
            row[d] += (float) (NOISE * random.nextGaussian());
        }
        return row;
    }

    private Cluster cluster(double share) {
        for (Cluster each : clusters) {
            if (share < each.shareTo()) {
                return each;
            }
        }
        return clusters[clusters.length - 1];
    }
}
