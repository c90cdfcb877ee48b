package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.gateway.backend.EmbeddingModel;
import dev.pagoda.gateway.backend.OnnxEmbedder;
import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Hit;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.collection.Catalogue;
import dev.pagoda.vectors.collection.Change;
import dev.pagoda.vectors.collection.Collection;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// How well the store finds what judges said belongs to a question, by words and by meaning.
class HybridSearchTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path SETS = Path.of("../../shared/data/rag");
    private static final int DEPTH = 10;

    /// Texts, questions, and the texts that belong to each.
    private record Judged(
            Map<String, String> texts, Map<String, String> questions, Map<String, Map<String, Integer>> relevance) {
        static Judged read(String set, String corpus) throws IOException {
            Path folder = SETS.resolve(set);
            Assumptions.assumeTrue(Files.isDirectory(folder), folder + " is not here");
            Map<String, Map<String, Integer>> relevance = new HashMap<>();
            for (String line : Files.readAllLines(folder.resolve("qrels.tsv"))) {
                String[] parts = line.split("\t", -1);
                if (!parts[0].equals("query-id")) {
                    relevance.computeIfAbsent(parts[0], _ -> new HashMap<>()).put(parts[1], Integer.parseInt(parts[2]));
                }
            }
            Map<String, String> questions = texts(folder.resolve("queries.jsonl"));
            questions.keySet().retainAll(relevance.keySet());
            return new Judged(texts(folder.resolve(corpus)), questions, relevance);
        }

        private static Map<String, String> texts(Path file) throws IOException {
            Map<String, String> texts = new LinkedHashMap<>();
            try (InputStream bytes = Files.newInputStream(file);
                    InputStream plain = file.toString().endsWith(".gz") ? new GZIPInputStream(bytes) : bytes;
                    BufferedReader lines = new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8))) {
                for (String line : lines.lines().toList()) {
                    JsonNode object = JSON.readTree(line);
                    String title = object.path("title").asText("");
                    String text = object.path("text").asText("");
                    texts.put(object.get("_id").asText(), title.isEmpty() ? text : title + " " + text);
                }
            }
            return texts;
        }

        /// The mean over all questions of the discounted gain of the first ten, by that of the best ten.
        double ndcg(Function<String, List<Hit>> search) {
            List<String> ids = List.copyOf(texts.keySet());
            double sum = 0;
            for (String question : questions.keySet()) {
                Map<String, Integer> gains = relevance.getOrDefault(question, Map.of());
                List<Hit> hits = search.apply(question);
                double gain = 0;
                for (int i = 0; i < hits.size(); i++) {
                    if (hits.get(i).id() instanceof PointId.Numbered(long number)) {
                        gain += gains.getOrDefault(ids.get((int) number), 0) / log2(i + 2);
                    }
                }
                List<Integer> best = gains.values().stream()
                        .sorted((a, b) -> b - a)
                        .limit(DEPTH)
                        .toList();
                double most = IntStream.range(0, best.size())
                        .mapToDouble(i -> best.get(i) / log2(i + 2))
                        .sum();
                sum += most == 0 ? 0 : gain / most;
            }
            return sum / questions.size();
        }

        private static double log2(int n) {
            return Math.log(n) / Math.log(2);
        }
    }

    @Test
    void wordsAloneFindAsMuchAsLuceneDoes() throws IOException {
        assertTrue(byWords(Judged.read("scifact-train", "corpus.jsonl.gz"), "scifact-train") >= 0.697 - 0.005);
    }

    @Test
    void wordsAloneFindChinesePassages() throws IOException {
        assertTrue(byWords(Judged.read("cmrc2018-dev-zh", "corpus.jsonl"), "cmrc2018-dev-zh") >= 0.975);
    }

    @Test
    @Tag("slow")
    void meaningAndWordsTogetherFindMoreThanEach() throws IOException {
        Judged judged = Judged.read("scifact-train", "corpus.jsonl.gz");
        try (OnnxEmbedder embedder = new OnnxEmbedder(EmbeddingModel.ALL_MINILM_L6_V2);
                Catalogue catalogue = Catalogue.inMemory(1)) {
            Map<String, VectorValue> texts = embedded(embedder, judged.texts());
            Map<String, VectorValue> questions = embedded(embedder, judged.questions());
            Collection docs = stored(catalogue, judged, texts);
            Function<String, Query> meaning = id ->
                    Query.nearest("dense", questions.getOrDefault(id, VectorValue.text("")), Filter.EVERYTHING, 100);
            Function<String, Query> words = id -> Query.nearest("words", question(judged, id), Filter.EVERYTHING, 100);
            double byMeaning = judged.ndcg(id -> docs.query(meaning.apply(id).withWindow(DEPTH, 0), false));
            double byWords = judged.ndcg(id -> docs.query(words.apply(id).withWindow(DEPTH, 0), false));
            double both = judged.ndcg(id ->
                    docs.query(Query.fusedByDistribution(List.of(meaning.apply(id), words.apply(id)), DEPTH), false));
            double ranks = judged.ndcg(id ->
                    docs.query(Query.fused(List.of(meaning.apply(id), words.apply(id)), DEPTH), false));
            System.out.printf(
                    "scifact-train nDCG@10: meaning %.4f, words %.4f, both by distribution %.4f, by rank %.4f%n",
                    byMeaning, byWords, both, ranks);
            assertTrue(both >= 0.72 && both > byMeaning && both > byWords, "both " + both);
        }
    }

    private static double byWords(Judged judged, String set) {
        try (Catalogue catalogue = Catalogue.inMemory(1)) {
            Collection docs = stored(catalogue, judged, Map.of());
            double ndcg = judged.ndcg(
                    id -> docs.query(Query.nearest("words", question(judged, id), Filter.EVERYTHING, DEPTH), false));
            System.out.printf("%s nDCG@10 by words %.4f%n", set, ndcg);
            return ndcg;
        }
    }

    private static VectorValue question(Judged judged, String id) {
        return VectorValue.text(judged.questions().getOrDefault(id, ""));
    }

    private static Collection stored(Catalogue catalogue, Judged judged, Map<String, VectorValue> dense) {
        catalogue.create("acme", "docs", CollectionConfig.hybrid("dense", 384, Distance.COSINE, "words"));
        Collection docs = catalogue.get("acme", "docs");
        List<Point> points = new ArrayList<>();
        for (Map.Entry<String, String> each : judged.texts().entrySet()) {
            Map<String, VectorValue> vectors = new HashMap<>(Map.of("words", VectorValue.text(each.getValue())));
            VectorValue vector = dense.get(each.getKey());
            if (vector != null) {
                vectors.put("dense", vector);
            }
            points.add(new Point(PointId.of(points.size()), vectors, Map.of()));
        }
        docs.write(List.of(new Change.Upsert(points, Change.Mode.UPSERT, Filter.EVERYTHING)));
        return docs;
    }

    private static Map<String, VectorValue> embedded(OnnxEmbedder embedder, Map<String, String> texts) {
        Map<String, VectorValue> vectors = new HashMap<>();
        texts.forEach((id, text) ->
                vectors.put(id, VectorValue.dense(embedder.embed(text).vector())));
        return vectors;
    }
}
