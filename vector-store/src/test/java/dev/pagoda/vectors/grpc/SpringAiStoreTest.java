package dev.pagoda.vectors.grpc;

import static dev.pagoda.vectors.grpc.GrpcStore.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.qdrant.client.QdrantClient;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.vectorstore.SearchRequest;
import org.springframework.ai.vectorstore.VectorStore;
import org.springframework.ai.vectorstore.filter.FilterExpressionBuilder;
import org.springframework.ai.vectorstore.qdrant.QdrantVectorStore;

/// Spring AI's Qdrant store with a collection that it makes for itself.
@Tag("slow")
class SpringAiStoreTest {
    private static final List<Document> DOCUMENTS = List.of(
            document(1, "the pagoda has seven roofs", Map.of("country", "CN", "year", 1056, "open", true)),
            document(2, "a windmill grinds the corn", Map.of("country", "NL", "year", 1740, "open", true)),
            document(3, "the lighthouse warns the ships", Map.of("country", "ES", "year", 110, "open", false)),
            document(4, "the windmill pumps the polder dry", Map.of("country", "NL", "year", 1738, "height", 17.5)),
            document(5, "a temple without windows", Map.of("country", "CN", "year", 2019)));

    private static GrpcStore server;
    private static QdrantClient client;
    private static int collections;

    private VectorStore store;

    @BeforeAll
    static void start() {
        server = new GrpcStore(Optional.empty());
        client = server.client(GrpcStore.ACME_KEY);
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
    }

    @BeforeEach
    void fill() throws Exception {
        QdrantVectorStore made = QdrantVectorStore.builder(client, new WordModel())
                .collectionName("spring" + collections++)
                .initializeSchema(true)
                .build();
        made.afterPropertiesSet();
        made.add(DOCUMENTS);
        store = made;
    }

    @Test
    void findsTheMostSimilarDocumentWithItsTextMetadataAndScore() {
        Document found = store.similaritySearch(SearchRequest.builder()
                        .query("the windmill pumps the polder dry")
                        .topK(1)
                        .build())
                .getFirst();
        assertEquals(id(4), found.getId());
        assertEquals("the windmill pumps the polder dry", found.getText());
        assertEquals("NL", found.getMetadata().get("country"));
        assertEquals(1738L, found.getMetadata().get("year"));
        assertEquals(17.5, found.getMetadata().get("height"));
        assertEquals(1.0, Optional.ofNullable(found.getScore()).orElseThrow(), 1e-5);
    }

    @Test
    void leavesOutWhatIsLessSimilarThanAskedFor() {
        assertEquals(
                Set.of(id(4)),
                ids(store.similaritySearch(SearchRequest.builder()
                        .query("the windmill pumps the polder dry")
                        .similarityThreshold(0.9)
                        .build())));
    }

    @Test
    void filtersAsTheExpressionsSay() {
        Map<String, Predicate<Map<String, Object>>> expressions = new HashMap<>();
        expressions.put("country == 'NL'", each -> country(each).equals("NL"));
        expressions.put("country != 'NL'", each -> !country(each).equals("NL"));
        expressions.put("year > 1738", each -> year(each) > 1738);
        expressions.put("year >= 1738", each -> year(each) >= 1738);
        expressions.put("year < 1056", each -> year(each) < 1056);
        expressions.put("year <= 1056", each -> year(each) <= 1056);
        expressions.put("year == 2019", each -> year(each) == 2019);
        expressions.put("height > 17", each -> each.containsKey("height"));
        expressions.put("country in ['CN', 'ES']", each -> !country(each).equals("NL"));
        expressions.put("country nin ['CN', 'ES']", each -> country(each).equals("NL"));
        expressions.put("year in [110, 2019]", each -> year(each) == 110 || year(each) == 2019);
        expressions.put("country == 'CN' && year < 1100", each -> country(each).equals("CN") && year(each) < 1100);
        expressions.put("country == 'ES' || year > 2000", each -> country(each).equals("ES") || year(each) > 2000);
        expressions.put(
                "(country == 'NL' || country == 'CN') && year > 1739",
                each -> !country(each).equals("ES") && year(each) > 1739);
        expressions.put("NOT(country == 'CN')", each -> !country(each).equals("CN"));
        expressions.forEach((expression, meaning) -> assertEquals(
                DOCUMENTS.stream()
                        .filter(each -> meaning.test(each.getMetadata()))
                        .map(Document::getId)
                        .collect(Collectors.toCollection(TreeSet::new)),
                ids(store.similaritySearch(SearchRequest.builder()
                        .query("the windmill")
                        .topK(10)
                        .similarityThresholdAll()
                        .filterExpression(expression)
                        .build())),
                expression));
    }

    @Test
    void replacesADocumentThatIsAddedAgain() {
        store.add(List.of(document(2, "a watermill instead", Map.of("country", "BE"))));
        List<Document> found = all();
        assertEquals(5, found.size());
        Document replaced = found.stream()
                .filter(each -> each.getId().equals(id(2)))
                .findFirst()
                .orElseThrow();
        assertEquals("a watermill instead", replaced.getText());
        assertEquals("BE", replaced.getMetadata().get("country"));
        assertTrue(!replaced.getMetadata().containsKey("year"), replaced::toString);
    }

    @Test
    void deletesByIdAndByFilter() {
        store.delete(List.of(id(1), id(3)));
        assertEquals(Set.of(id(2), id(4), id(5)), ids(all()));
        store.delete(new FilterExpressionBuilder().eq("country", "NL").build());
        assertEquals(Set.of(id(5)), ids(all()));
        store.delete("year == 2019");
        assertEquals(Set.of(), ids(all()));
    }

    @Test
    void usesACollectionThatIsThere() throws Exception {
        String name = "spring" + (collections - 1);
        QdrantVectorStore again = QdrantVectorStore.builder(client, new WordModel())
                .collectionName(name)
                .initializeSchema(true)
                .build();
        again.afterPropertiesSet();
        assertEquals(5L, get(client.countAsync(name)));
    }

    private List<Document> all() {
        return store.similaritySearch(SearchRequest.builder()
                .query("the")
                .topK(100)
                .similarityThresholdAll()
                .build());
    }

    private static Set<String> ids(List<Document> documents) {
        return documents.stream().map(Document::getId).collect(Collectors.toCollection(TreeSet::new));
    }

    private static String country(Map<String, Object> metadata) {
        return String.valueOf(metadata.get("country"));
    }

    private static long year(Map<String, Object> metadata) {
        return metadata.get("year") instanceof Number number ? number.longValue() : Long.MIN_VALUE;
    }

    private static String id(int number) {
        return new UUID(0, number).toString();
    }

    private static Document document(int number, String text, Map<String, Object> metadata) {
        return new Document(id(number), text, metadata);
    }

    /// Counts words in as many places as it has dimensions; all texts have a little in common, for a document with
    /// the very score that is the threshold is left out.
    private static final class WordModel implements EmbeddingModel {
        private static final int DIMENSIONS = 64;

        @Override
        public EmbeddingResponse call(EmbeddingRequest request) {
            List<Embedding> embeddings = new ArrayList<>();
            for (String text : request.getInstructions()) {
                embeddings.add(new Embedding(vector(text), embeddings.size()));
            }
            return new EmbeddingResponse(embeddings);
        }

        @Override
        public float[] embed(Document document) {
            return vector(String.valueOf(document.getText()));
        }

        @Override
        public int dimensions() {
            return DIMENSIONS;
        }

        private static float[] vector(String text) {
            float[] vector = new float[DIMENSIONS];
            vector[0] = 0.1f;
            for (String word : text.toLowerCase(Locale.ROOT).split("\\W+", -1)) {
                vector[Math.floorMod(word.hashCode() * 31, DIMENSIONS)] += 1;
            }
            return vector;
        }
    }
}
