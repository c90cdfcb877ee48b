package dev.pagoda.deploy.bench;

import dev.pagoda.vectors.api.HnswConfig;
import dev.pagoda.vectors.hnsw.ElementType;
import dev.pagoda.vectors.hnsw.HnswIndex;
import dev.pagoda.vectors.hnsw.HnswParameters;
import dev.pagoda.vectors.hnsw.IndexConfig;
import dev.pagoda.vectors.hnsw.Layout;
import dev.pagoda.vectors.hnsw.NodeSet;
import dev.pagoda.vectors.kernel.Kernels;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// No wire: our index in this process, built as a collection's is by default and searched by as many threads
/// as the machine has processors. What a server of ours adds to it is the difference.
final class EngineWire implements QdrantWire {
    static final String LABEL = "engine";

    private final ExecutorService threads =
            Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    private final Map<String, HnswIndex> indexes = new ConcurrentHashMap<>();
    private final Map<ResultTag, NodeSet> accepted = new ConcurrentHashMap<>();
    private final long seed;

    EngineWire(long seed) {
        this.seed = seed;
    }

    @Override
    public String label() {
        return LABEL;
    }

    @Override
    public CompletableFuture<String> version() {
        return CompletableFuture.completedFuture("kernel " + Kernels.best().name());
    }

    @Override
    public CompletableFuture<Void> create(String collection, int dimensions, QdrantDistance distance) {
        HnswConfig shape = HnswConfig.DEFAULT;
        indexes.put(
                collection,
                new HnswIndex(new IndexConfig(
                        dimensions,
                        metric(distance),
                        ElementType.FLOAT32,
                        Layout.FAST,
                        new HnswParameters(shape.m(), shape.efConstruction(), seed))));
        return CompletableFuture.completedFuture(null);
    }

    private static dev.pagoda.vectors.hnsw.Metric metric(QdrantDistance distance) {
        return switch (distance) {
            case COSINE -> dev.pagoda.vectors.hnsw.Metric.COSINE;
            case DOT -> dev.pagoda.vectors.hnsw.Metric.DOT;
            case EUCLID -> dev.pagoda.vectors.hnsw.Metric.L2;
        };
    }

    @Override
    public CompletableFuture<Void> upsert(String collection, float[][] base, int from, int to) {
        HnswIndex index = index(collection);
        return CompletableFuture.runAsync(
                () -> {
                    for (int row = from; row < to; row++) {
                        index.put(row, base[row]);
                    }
                },
                threads);
    }

    @Override
    public CompletableFuture<State> state(String collection) {
        int size = index(collection).size();
        return CompletableFuture.completedFuture(new State(true, size, size));
    }

    @Override
    public Question question(String collection, float[] query, ResultTag tag, OptionalInt ef) {
        HnswIndex index = index(collection);
        int breadth = Math.max(QdrantData.LIMIT, ef.orElse(HnswConfig.DEFAULT.efConstruction()));
        NodeSet rows = tag.equals(ResultTag.ALL)
                ? null
                : accepted.computeIfAbsent(
                        tag, each -> NodeSet.of(index.end(), id -> ResultTag.accepts(id, each.modulus())));
        return () -> CompletableFuture.supplyAsync(
                () -> index.search(query, QdrantData.LIMIT, breadth, rows, false)
                        .neighbours()
                        .nodes(),
                threads);
    }

    private HnswIndex index(String collection) {
        HnswIndex index = indexes.get(collection);
        if (index == null) {
            throw new QdrantFailed("there is no index " + collection);
        }
        return index;
    }

    @Override
    public CompletableFuture<Void> drop(String collection) {
        indexes.remove(collection);
        accepted.clear();
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {
        threads.close();
    }
}
