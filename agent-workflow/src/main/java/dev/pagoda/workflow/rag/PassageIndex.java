package dev.pagoda.workflow.rag;

import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.vectors.api.CollectionChanged;
import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.CreateCollection;
import dev.pagoda.vectors.api.DeleteCollection;
import dev.pagoda.vectors.api.DeletePoints;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Hit;
import dev.pagoda.vectors.api.Hits;
import dev.pagoda.vectors.api.HnswConfig;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.PointsWritten;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.QueryPoints;
import dev.pagoda.vectors.api.Selector;
import dev.pagoda.vectors.api.SparseConfig;
import dev.pagoda.vectors.api.UpsertPoints;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.api.Vectors;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The passages of a knowledge base as points of one vector collection.
///
/// A point has a dense vector named after its language, whose model made it, and a BM25 vector of title and
/// text. Its id is a hash of document, content and place, so that writing the same passage again changes
/// nothing.
final class PassageIndex {
    static final String SPARSE = "bm25";
    private static final String DOCUMENT = "document";
    private static final String VERSION = "version";
    private static final String TITLE = "title";
    private static final String TEXT = "text";
    private static final String OFFSET = "offset";
    private static final String LANGUAGE = "language";

    /// Candidates that each of the two searches hands to the fusion, for a limit below it.
    private static final int WINDOW = 50;

    /// A passage to store.
    record Entry(Document document, Language language, Chunk chunk, float[] vector) {}

    private final Bus bus;

    PassageIndex(Bus bus) {
        this.bus = bus;
    }

    Future<CollectionChanged> create(KnowledgeBase base, Map<Language, Integer> dimensions, Call call) {
        var dense = new LinkedHashMap<String, DenseConfig>();
        dimensions.forEach((language, size) -> dense.put(language.tag(), new DenseConfig(size, Distance.COSINE)));
        var config = new CollectionConfig(
                dense,
                Map.of(SPARSE, new SparseConfig(true)),
                HnswConfig.DEFAULT,
                Map.of(DOCUMENT, "keyword", VERSION, "keyword"),
                Map.of());
        return bus.ask(Vectors.CREATE_COLLECTION, new CreateCollection(base.collection(), config, true), call);
    }

    Future<CollectionChanged> drop(KnowledgeBase base, Call call) {
        return bus.ask(Vectors.DELETE_COLLECTION, new DeleteCollection(base.collection()), call);
    }

    Future<PointsWritten> store(KnowledgeBase base, List<Entry> entries, Call call) {
        var points = entries.stream().map(PassageIndex::point).toList();
        return bus.ask(Vectors.UPSERT, new UpsertPoints(base.collection(), points), call);
    }

    /// Removes what is left of other versions of these documents.
    Future<PointsWritten> removeStale(KnowledgeBase base, List<Document> current, Call call) {
        var filter = new Filter(
                List.of(Condition.oneOf(
                        DOCUMENT, current.stream().map(Document::id).toList())),
                List.of(),
                List.of(Condition.oneOf(
                        VERSION, current.stream().map(PassageIndex::version).toList())),
                null);
        return remove(base, filter, call);
    }

    /// Removes every passage of these documents.
    Future<PointsWritten> remove(KnowledgeBase base, List<String> documents, Call call) {
        return remove(base, Filter.all(Condition.oneOf(DOCUMENT, documents)), call);
    }

    private Future<PointsWritten> remove(KnowledgeBase base, Filter filter, Call call) {
        return bus.ask(Vectors.DELETE_POINTS, new DeletePoints(base.collection(), new Selector.Matching(filter)), call);
    }

    /// The passages that fit a question by meaning and by words, fused by reciprocal rank; with their
    /// vectors.
    Future<Hits> search(
            KnowledgeBase base, String query, Language language, float[] vector, Filter filter, int limit, Call call) {
        int window = Math.max(WINDOW, limit);
        var byMeaning = Query.nearest(language.tag(), new VectorValue.Dense(vector), filter, window);
        var byWords = Query.nearest(SPARSE, new VectorValue.Text(query), filter, window);
        var fused = Query.fused(List.of(byMeaning, byWords), limit);
        return bus.ask(Vectors.QUERY, new QueryPoints(base.collection(), fused, true), call);
    }

    static Filter ofDocuments(List<String> documents) {
        return Filter.all(Condition.oneOf(DOCUMENT, documents));
    }

    private static Point point(Entry entry) {
        var document = entry.document;
        Map<String, @Nullable Object> payload = Map.of(
                DOCUMENT, document.id(),
                VERSION, version(document),
                TITLE, document.title(),
                TEXT, entry.chunk.text(),
                OFFSET, (long) entry.chunk.offset(),
                LANGUAGE, entry.language.tag());
        Map<String, VectorValue> vectors = Map.of(
                entry.language.tag(),
                new VectorValue.Dense(entry.vector),
                SPARSE,
                new VectorValue.Text(searchable(document, entry.chunk)));
        return new Point(PointId.of(id(document, entry.chunk)), vectors, payload);
    }

    /// What is embedded and indexed of a passage: its title gives a passage from the middle its subject.
    static String searchable(Document document, Chunk chunk) {
        return document.title() + "\n" + chunk.text();
    }

    private static String version(Document document) {
        return uuid(document.id() + '\0' + document.contentHash()).toString();
    }

    private static UUID id(Document document, Chunk chunk) {
        return uuid(document.id() + '\0' + document.contentHash() + '\0' + chunk.ordinal());
    }

    /// A UUID of version 8 (RFC 9562) from a SHA-256.
    private static UUID uuid(String text) {
        var hash = ByteBuffer.wrap(Document.sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
        long high = (hash.getLong() & 0xFFFF_FFFF_FFFF_0FFFL) | 0x8000L;
        long low = (hash.getLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
        return new UUID(high, low);
    }

    static String document(Hit hit) {
        return text(hit, DOCUMENT);
    }

    static String title(Hit hit) {
        return text(hit, TITLE);
    }

    static String text(Hit hit) {
        return text(hit, TEXT);
    }

    static int offset(Hit hit) {
        return hit.payload().get(OFFSET) instanceof Number number ? number.intValue() : 0;
    }

    static Language language(Hit hit) {
        return Language.of(text(hit, LANGUAGE));
    }

    private static String text(Hit hit, String key) {
        if (hit.payload().get(key) instanceof String value) {
            return value;
        }
        throw new IllegalStateException("point " + hit.id() + " has no text under \"" + key + "\"");
    }
}
