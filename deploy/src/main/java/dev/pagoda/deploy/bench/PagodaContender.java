package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import dev.pagoda.vectors.hnsw.FloatRows;
import dev.pagoda.vectors.hnsw.HnswGraph;
import dev.pagoda.vectors.hnsw.HnswParameters;
import dev.pagoda.vectors.hnsw.Neighbours;
import dev.pagoda.vectors.kernel.Kernels;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;

/// Our own index. Its graph has one writer, so that one thread builds it.
final class PagodaContender implements Contender {
    /// The first is the default and is called `pagoda`; another `X` is called `pagoda-X`.
    static final List<String> MODES = List.of("float");

    static final String NAME = "pagoda";

    private final long seed;
    private FloatRows rows = new FloatRows(1);
    private HnswGraph graph = graph(rows, Metric.L2, 0);

    PagodaContender(long seed) {
        this.seed = seed;
    }

    /// The name of the system that runs in a mode.
    static String system(String mode) {
        if (!MODES.contains(mode)) {
            throw new StartRefused("there is no mode '" + mode + "'; there are " + String.join(", ", MODES));
        }
        return mode.equals(MODES.getFirst()) ? NAME : NAME + "-" + mode;
    }

    @Override
    public String about() {
        return "kernel " + Kernels.best().name();
    }

    @Override
    public int build(float[][] base, Metric metric, int threads) {
        rows = new FloatRows(base[0].length);
        graph = graph(rows, metric, seed);
        for (int id = 0; id < base.length; id++) {
            rows.set(id, base[id]);
            graph.insert(id);
        }
        return 1;
    }

    private static HnswGraph graph(FloatRows rows, Metric metric, long seed) {
        return new HnswGraph(
                new HnswParameters(Contenders.M, Contenders.EF_CONSTRUCTION, seed),
                rows,
                metric == Metric.L2 ? dev.pagoda.vectors.hnsw.Metric.L2 : dev.pagoda.vectors.hnsw.Metric.DOT);
    }

    @Override
    public long bytes() {
        return rows.bytes() + graph.bytes();
    }

    @Override
    public Searcher searcher() {
        return this::search;
    }

    private void search(float[] query, int ef, int modulus, int[] found) {
        IntPredicate accepted = modulus == 1 ? id -> true : id -> ResultTag.accepts(id, modulus);
        Neighbours neighbours = graph.search(query, found.length, ef, accepted);
        Arrays.fill(found, -1);
        System.arraycopy(neighbours.nodes(), 0, found, 0, neighbours.size());
    }
}
