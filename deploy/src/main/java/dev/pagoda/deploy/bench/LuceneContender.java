package dev.pagoda.deploy.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.FilterCodec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104HnswScalarQuantizedVectorsFormat;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.search.VectorScorer;
import org.apache.lucene.search.knn.KnnSearchStrategy;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.BitSetIterator;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.FixedBitSet;
import org.apache.lucene.util.VectorUtil;
import org.apache.lucene.util.Version;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues.ScalarEncoding;
import org.jspecify.annotations.Nullable;

/// Lucene's HNSW over floats or over its optimised scalar codes, merged into one segment of mapped files.
///
/// A search asks the segment's reader itself, without the query machinery around it. `ef` is the size of the collector;
/// of what it collects over codes, the best are ranked anew by the floats. A filter is a bit set made beforehand,
/// searched by Lucene's default strategy, with its own way out: what visits as many nodes as the filter accepts scans
/// those instead.
final class LuceneContender implements Contender {
    /// What the graph is walked on.
    enum Codes {
        NONE,
        SEVEN_BIT,
        FOUR_BIT;

        /// How many of the best by code are ranked by float, at most.
        int reranked() {
            return switch (this) {
                case NONE -> 0;
                case SEVEN_BIT -> 20;
                case FOUR_BIT -> 100;
            };
        }

        KnnVectorsFormat format(int threads, ExecutorService merging) {
            return switch (this) {
                case NONE -> new Lucene99HnswVectorsFormat(Contenders.M, Contenders.EF_CONSTRUCTION, threads, merging);
                case SEVEN_BIT -> quantised(ScalarEncoding.SEVEN_BIT, threads, merging);
                case FOUR_BIT -> quantised(ScalarEncoding.PACKED_NIBBLE, threads, merging);
            };
        }

        private static KnnVectorsFormat quantised(ScalarEncoding encoding, int threads, ExecutorService merging) {
            return new Lucene104HnswScalarQuantizedVectorsFormat(
                    encoding, Contenders.M, Contenders.EF_CONSTRUCTION, threads, merging);
        }
    }

    private static final String VECTOR = "vector";
    private static final String ID = "id";
    /// The most that an [IndexWriter] takes; flushing seldom makes few graphs to merge.
    private static final double BUFFER_MB = 2047;

    private final Path folder;
    private final Codes codes;
    private @Nullable Built built;

    private record Built(Directory directory, LeafReader leaf, int[] ids) {}

    LuceneContender(Path folder, Codes codes) {
        this.folder = folder;
        this.codes = codes;
    }

    /// Lucene tells in a line of its log whether it found the Vector API.
    @Override
    public String about() {
        var said = new AtomicReference<>("said nothing about the Vector API");
        Logger log = Logger.getLogger("org.apache.lucene");
        Handler listener = new Handler() {
            @Override
            public void publish(LogRecord line) {
                if (line.getMessage().contains("vector")) {
                    said.set(line.getMessage().split(";", 2)[0]);
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        log.setLevel(Level.INFO);
        log.addHandler(listener);
        VectorUtil.dotProduct(new float[] {1}, new float[] {1});
        log.removeHandler(listener);
        return "Lucene " + Version.LATEST + ", " + said.get();
    }

    @Override
    public int build(float[][] base, Metric metric, int threads) throws IOException, InterruptedException {
        Directory directory = new MMapDirectory(folder);
        try (ExecutorService merging = Executors.newFixedThreadPool(threads)) {
            KnnVectorsFormat format = codes.format(threads, merging);
            IndexWriterConfig config = new IndexWriterConfig()
                    .setCodec(codec(format))
                    .setRAMBufferSizeMB(BUFFER_MB)
                    .setUseCompoundFile(false);
            try (IndexWriter writer = new IndexWriter(directory, config)) {
                add(writer, base, similarity(metric), threads);
                writer.forceMerge(1);
            }
        }
        LeafReader leaf = DirectoryReader.open(directory).leaves().getFirst().reader();
        int[] ids = new int[leaf.maxDoc()];
        NumericDocValues values = leaf.getNumericDocValues(ID);
        for (int doc = values.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = values.nextDoc()) {
            ids[doc] = (int) values.longValue();
        }
        built = new Built(directory, leaf, ids);
        return threads;
    }

    private static Codec codec(KnnVectorsFormat format) {
        KnnVectorsFormat everyField = new PerFieldKnnVectorsFormat() {
            @Override
            public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
                return format;
            }
        };
        Codec standard = Codec.getDefault();
        return new FilterCodec(standard.getName(), standard) {
            @Override
            public KnnVectorsFormat knnVectorsFormat() {
                return everyField;
            }
        };
    }

    private static VectorSimilarityFunction similarity(Metric metric) {
        return switch (metric) {
            case L2 -> VectorSimilarityFunction.EUCLIDEAN;
            case IP -> VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT;
        };
    }

    private static void add(IndexWriter writer, float[][] base, VectorSimilarityFunction similarity, int threads)
            throws IOException, InterruptedException {
        AtomicInteger next = new AtomicInteger();
        AtomicReference<@Nullable IOException> failed = new AtomicReference<>();
        List<Thread> workers = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            workers.add(Thread.ofPlatform().daemon().start(() -> {
                try {
                    for (int id = next.getAndIncrement(); id < base.length; id = next.getAndIncrement()) {
                        Document document = new Document();
                        document.add(new KnnFloatVectorField(VECTOR, base[id], similarity));
                        document.add(new NumericDocValuesField(ID, id));
                        writer.addDocument(document);
                    }
                } catch (IOException broken) {
                    failed.set(broken);
                }
            }));
        }
        for (Thread worker : workers) {
            worker.join();
        }
        IOException broken = failed.get();
        if (broken != null) {
            throw broken;
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
        long sum = 0;
        for (String file : built().directory().listAll()) {
            sum += built().directory().fileLength(file);
        }
        return sum;
    }

    @Override
    public Searcher searcher() throws IOException {
        return new LeafSearcher(built().leaf(), built().ids(), codes.reranked());
    }

    private static final class LeafSearcher implements Searcher {
        private final LeafReader leaf;
        private final int[] ids;
        private final int reranked;
        private final AcceptDocs every;
        private int modulus = 1;
        private @Nullable Accepted accepted;

        LeafSearcher(LeafReader leaf, int[] ids, int reranked) {
            this.leaf = leaf;
            this.ids = ids;
            this.reranked = reranked;
            this.every = AcceptDocs.fromLiveDocs(null, leaf.maxDoc());
        }

        @Override
        public void search(float[] query, int ef, int modulus, int[] found) throws IOException {
            Accepted filter = filter(modulus);
            int limit = filter == null ? Integer.MAX_VALUE : filter.cost();
            TopKnnCollector collector = new TopKnnCollector(ef, limit, KnnSearchStrategy.Hnsw.DEFAULT);
            leaf.searchNearestVectors(VECTOR, query, collector, filter == null ? every : filter);
            ScoreDoc[] best;
            if (filter != null && collector.earlyTerminated()) {
                best = ranked(query, filter.iterator(), found.length);
            } else {
                best = collector.topDocs().scoreDocs;
                if (reranked > 0) {
                    best = ranked(query, among(best), found.length);
                }
            }
            Arrays.fill(found, -1);
            for (int i = 0; i < Math.min(found.length, best.length); i++) {
                found[i] = ids[best[i].doc];
            }
        }

        private @Nullable Accepted filter(int wanted) {
            if (wanted != modulus) {
                modulus = wanted;
                accepted = wanted == 1 ? null : new Accepted(ids, wanted);
            }
            return accepted;
        }

        private DocIdSetIterator among(ScoreDoc[] best) {
            int[] docs = new int[Math.min(best.length, reranked)];
            for (int i = 0; i < docs.length; i++) {
                docs[i] = best[i].doc;
            }
            Arrays.sort(docs);
            return new Docs(docs);
        }

        /// The best by float of the documents given.
        private ScoreDoc[] ranked(float[] query, DocIdSetIterator docs, int count) throws IOException {
            FloatVectorValues values = leaf.getFloatVectorValues(VECTOR);
            VectorScorer scorer = values.rescorer(query);
            DocIdSetIterator vectors = scorer.iterator();
            List<ScoreDoc> all = new ArrayList<>();
            for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
                vectors.advance(doc);
                all.add(new ScoreDoc(doc, scorer.score()));
            }
            all.sort(Comparator.comparingDouble((ScoreDoc each) -> -each.score));
            return all.stream().limit(count).toArray(ScoreDoc[]::new);
        }
    }

    /// A few documents in ascending order.
    private static final class Docs extends DocIdSetIterator {
        private final int[] docs;
        private int at = -1;

        Docs(int[] docs) {
            this.docs = docs;
        }

        @Override
        public int docID() {
            return at < 0 ? -1 : at < docs.length ? docs[at] : NO_MORE_DOCS;
        }

        @Override
        public int nextDoc() {
            at++;
            return docID();
        }

        @Override
        public int advance(int target) throws IOException {
            return slowAdvance(target);
        }

        @Override
        public long cost() {
            return docs.length;
        }
    }

    /// A filter as a bit set that is already there, as Lucene's cache of filters would have it.
    private static final class Accepted extends AcceptDocs {
        private final FixedBitSet bits;
        private final int cost;

        Accepted(int[] ids, int modulus) {
            bits = new FixedBitSet(ids.length);
            for (int doc = 0; doc < ids.length; doc++) {
                if (ResultTag.accepts(ids[doc], modulus)) {
                    bits.set(doc);
                }
            }
            cost = bits.cardinality();
        }

        @Override
        public Bits bits() {
            return bits;
        }

        @Override
        public DocIdSetIterator iterator() {
            return new BitSetIterator(bits, cost);
        }

        @Override
        public int cost() {
            return cost;
        }
    }
}
