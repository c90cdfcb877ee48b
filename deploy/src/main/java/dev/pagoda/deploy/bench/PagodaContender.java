package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import dev.pagoda.vectors.hnsw.ElementType;
import dev.pagoda.vectors.hnsw.HnswIndex;
import dev.pagoda.vectors.hnsw.HnswParameters;
import dev.pagoda.vectors.hnsw.IndexConfig;
import dev.pagoda.vectors.hnsw.Layout;
import dev.pagoda.vectors.hnsw.Neighbours;
import dev.pagoda.vectors.hnsw.NodeSet;
import dev.pagoda.vectors.kernel.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/// Our own index in one of its layouts.
final class PagodaContender implements Contender {
    /// The layouts; the first is the default and is called `pagoda`, another `X` is called `pagoda-X`.
    static final List<String> MODES = List.of("fast", "compact", "codes");

    static final String NAME = "pagoda";

    /// Rows this near to length 1 are taken for unit vectors.
    private static final double UNIT_TOLERANCE = 1e-3;

    private final Layout layout;
    private final long seed;
    private HnswIndex index;

    /// The filters by their modulus; a store has such a set from its payload index before it searches.
    private final Map<Integer, NodeSet> filters = new ConcurrentHashMap<>();

    PagodaContender(String mode, long seed) {
        this.layout = Layout.valueOf(mode.toUpperCase(Locale.ROOT));
        this.seed = seed;
        this.index = index(1, dev.pagoda.vectors.hnsw.Metric.L2);
    }

    /// The name of the system that runs in a mode.
    static String system(String mode) {
        if (!MODES.contains(mode)) {
            throw new StartRefused("there is no mode '" + mode + "'; there are " + String.join(", ", MODES));
        }
        return mode.equals(MODES.getFirst()) ? NAME : NAME + "-" + mode;
    }

    /// The mode of a system that [#system] named.
    static String mode(String system) {
        return system.equals(NAME) ? MODES.getFirst() : system.substring(NAME.length() + 1);
    }

    private HnswIndex index(int dimensions, dev.pagoda.vectors.hnsw.Metric metric) {
        HnswParameters parameters = new HnswParameters(Contenders.M, Contenders.EF_CONSTRUCTION, seed);
        return new HnswIndex(new IndexConfig(dimensions, metric, ElementType.FLOAT32, layout, parameters));
    }

    /// An index without rows, for rows such as these.
    HnswIndex empty(float[][] base, Metric metric) {
        return index(base[0].length, metricOf(base, metric));
    }

    @Override
    public String about() {
        return "kernel " + Kernels.best().name();
    }

    @Override
    public int build(float[][] base, Metric metric, int threads) throws InterruptedException {
        index = empty(base, metric);
        filters.clear();
        AtomicInteger next = new AtomicInteger();
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> parts = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                parts.add(pool.submit(() -> {
                    for (int id = next.getAndIncrement(); id < base.length; id = next.getAndIncrement()) {
                        index.put(id, base[id]);
                    }
                }));
            }
            for (Future<?> part : parts) {
                part.get();
            }
        } catch (ExecutionException failed) {
            throw new IllegalStateException("the index cannot be built", failed.getCause());
        }
        return threads;
    }

    /// Unit vectors are in the same order by dot product and by cosine, which the index is told because its users are.
    private static dev.pagoda.vectors.hnsw.Metric metricOf(float[][] base, Metric metric) {
        if (metric == Metric.L2) {
            return dev.pagoda.vectors.hnsw.Metric.L2;
        }
        for (float[] row : base) {
            double square = 0;
            for (float value : row) {
                square += (double) value * value;
            }
            if (Math.abs(Math.sqrt(square) - 1) > UNIT_TOLERANCE) {
                return dev.pagoda.vectors.hnsw.Metric.DOT;
            }
        }
        return dev.pagoda.vectors.hnsw.Metric.COSINE;
    }

    /// What [#build] has built; row number is node.
    HnswIndex index() {
        return index;
    }

    @Override
    public long bytes() {
        return index.bytes();
    }

    @Override
    public Searcher searcher() {
        return this::search;
    }

    private void search(float[] query, int ef, int modulus, int[] found) {
        NodeSet accepted = modulus == 1 ? null : accepted(modulus);
        Neighbours neighbours =
                index.search(query, found.length, ef, accepted, false).neighbours();
        Arrays.fill(found, -1);
        System.arraycopy(neighbours.nodes(), 0, found, 0, neighbours.size());
    }

    private NodeSet accepted(int modulus) {
        return filters.computeIfAbsent(modulus, m -> NodeSet.of(index.end(), id -> ResultTag.accepts(id, m)));
    }
}
