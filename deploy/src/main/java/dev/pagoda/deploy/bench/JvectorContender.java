package dev.pagoda.deploy.bench;

import io.github.jbellis.jvector.disk.ReaderSupplierFactory;
import io.github.jbellis.jvector.graph.GraphIndexBuilder;
import io.github.jbellis.jvector.graph.GraphSearcher;
import io.github.jbellis.jvector.graph.ImmutableGraphIndex;
import io.github.jbellis.jvector.graph.ImmutableGraphIndex.ScoringView;
import io.github.jbellis.jvector.graph.ListRandomAccessVectorValues;
import io.github.jbellis.jvector.graph.RandomAccessVectorValues;
import io.github.jbellis.jvector.graph.SearchResult;
import io.github.jbellis.jvector.graph.disk.GraphIndexWriter;
import io.github.jbellis.jvector.graph.disk.GraphIndexWriterTypes;
import io.github.jbellis.jvector.graph.disk.OnDiskGraphIndex;
import io.github.jbellis.jvector.graph.disk.feature.Feature;
import io.github.jbellis.jvector.graph.disk.feature.FeatureId;
import io.github.jbellis.jvector.graph.disk.feature.FusedPQ;
import io.github.jbellis.jvector.graph.disk.feature.InlineVectors;
import io.github.jbellis.jvector.graph.similarity.BuildScoreProvider;
import io.github.jbellis.jvector.graph.similarity.DefaultSearchScoreProvider;
import io.github.jbellis.jvector.graph.similarity.SearchScoreProvider;
import io.github.jbellis.jvector.quantization.PQVectors;
import io.github.jbellis.jvector.quantization.ProductQuantization;
import io.github.jbellis.jvector.util.Bits;
import io.github.jbellis.jvector.vector.VectorSimilarityFunction;
import io.github.jbellis.jvector.vector.VectorizationProvider;
import io.github.jbellis.jvector.vector.types.VectorFloat;
import io.github.jbellis.jvector.vector.types.VectorTypeSupport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ForkJoinPool;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// JVector, either on its heap with floats, or as its mapped file whose rows hold the product-quantised codes of a
/// node's neighbours beside the vector, which ranks what the codes find.
///
/// The graph is the same in both: exact scores, as many links as hnswlib's (2 M on the lowest layer, M above), and what
/// the project's own examples set: overflow and alpha 1.2, layers, a last refinement. `ef` is `rerankK`.
final class JvectorContender implements Contender {
    private static final VectorTypeSupport VECTORS =
            VectorizationProvider.getInstance().getVectorTypeSupport();
    private static final float OVERFLOW = 1.2f;
    private static final float ALPHA = 1.2f;
    /// Codes of 8 bits: of 2, 4 and 8 dimensions a code, these were the fastest at recall 0.95 with 100 and 384
    /// dimensions.
    private static final int DIMENSIONS_PER_CODE = 2;

    private static final int MOST_CODES = 96;
    private static final int CLUSTERS = 256;
    private static final long MAPPED = -1;

    private final Path file;
    private final boolean fused;
    private @Nullable Built built;

    /// @param heapBytes or [#MAPPED]
    private record Built(
            ImmutableGraphIndex graph,
            RandomAccessVectorValues rows,
            VectorSimilarityFunction similarity,
            long heapBytes) {}

    JvectorContender(Path folder, boolean fused) {
        this.file = folder.resolve("jvector.graph");
        this.fused = fused;
    }

    @Override
    public String about() {
        return VectorizationProvider.getInstance().getClass().getSimpleName();
    }

    @Override
    public int build(float[][] base, Metric metric, int threads) throws IOException {
        List<VectorFloat<?>> list = new ArrayList<>(base.length);
        for (float[] row : base) {
            list.add(VECTORS.createFloatVector(row));
        }
        RandomAccessVectorValues rows = new ListRandomAccessVectorValues(list, base[0].length);
        VectorSimilarityFunction similarity = switch (metric) {
            case L2 -> VectorSimilarityFunction.EUCLIDEAN;
            case IP -> VectorSimilarityFunction.DOT_PRODUCT;
        };
        try (ForkJoinPool pool = new ForkJoinPool(threads);
                GraphIndexBuilder builder = GraphIndexBuilder.builder(
                                BuildScoreProvider.randomAccessScoreProvider(rows, similarity),
                                base[0].length,
                                List.of(2 * Contenders.M, Contenders.M))
                        .withBeamWidth(Contenders.EF_CONSTRUCTION)
                        .withNeighborOverflow(OVERFLOW)
                        .withAlpha(ALPHA)
                        .withSimdExecutor(pool)
                        .withParallelExecutor(pool)
                        .build()) {
            ImmutableGraphIndex graph = builder.build(rows);
            if (fused) {
                write(graph, rows, pool);
                built = new Built(OnDiskGraphIndex.load(ReaderSupplierFactory.open(file)), rows, similarity, MAPPED);
            } else {
                long bytes = graph.ramBytesUsed() + (long) base.length * base[0].length * Float.BYTES;
                built = new Built(graph, rows, similarity, bytes);
            }
        }
        return threads;
    }

    private void write(ImmutableGraphIndex graph, RandomAccessVectorValues rows, ForkJoinPool pool) throws IOException {
        int codes = Math.clamp(rows.dimension() / DIMENSIONS_PER_CODE, 1, MOST_CODES);
        ProductQuantization quantiser =
                ProductQuantization.compute(rows, codes, Math.min(CLUSTERS, rows.size()), false, -1, pool, pool);
        PQVectors coded = quantiser.encodeAll(rows, pool);
        try (GraphIndexWriter writer = GraphIndexWriter.getBuilderFor(
                                GraphIndexWriterTypes.RANDOM_ACCESS_PARALLEL, graph, file)
                        .with(new InlineVectors(rows.dimension()))
                        .with(new FusedPQ(graph.maxDegree(), quantiser))
                        .build();
                ImmutableGraphIndex.View view = graph.getView()) {
            Map<FeatureId, IntFunction<Feature.State>> features = new EnumMap<>(FeatureId.class);
            features.put(FeatureId.INLINE_VECTORS, node -> new InlineVectors.State(rows.getVector(node)));
            features.put(FeatureId.FUSED_PQ, node -> new FusedPQ.State(view, coded, node));
            writer.write(features);
        }
    }

    private Built built() {
        if (built == null) {
            throw new IllegalStateException("nothing is built");
        }
        return built;
    }

    @Override
    public long bytes() throws IOException {
        return built().heapBytes() == MAPPED ? Files.size(file) : built().heapBytes();
    }

    @Override
    public Searcher searcher() {
        Built index = built();
        return new PinnedSearcher(new GraphSearcher(index.graph()), index, fused);
    }

    private record PinnedSearcher(GraphSearcher searcher, Built index, boolean fused) implements Searcher {
        @Override
        public void search(float[] query, int ef, int modulus, int[] found) {
            VectorFloat<?> vector = VECTORS.createFloatVector(query);
            Bits accepted = modulus == 1 ? Bits.ALL : id -> ResultTag.accepts(id, modulus);
            SearchResult result = searcher.search(scores(vector), found.length, ef, 0, 0, accepted);
            Arrays.fill(found, -1);
            SearchResult.NodeScore[] nodes = result.getNodes();
            for (int i = 0; i < Math.min(found.length, nodes.length); i++) {
                found[i] = nodes[i].node;
            }
        }

        private SearchScoreProvider scores(VectorFloat<?> query) {
            if (!fused) {
                return DefaultSearchScoreProvider.exact(query, index.similarity(), index.rows());
            }
            ScoringView view = (ScoringView) searcher.getView();
            return new DefaultSearchScoreProvider(
                    view.approximateScoreFunctionFor(query, index.similarity()),
                    view.rerankerFor(query, index.similarity()));
        }
    }
}
