package dev.pagoda.vectors.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.vectors.api.VectorValue.Sparse;
import dev.pagoda.vectors.hnsw.Neighbours;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Bm25Test {
    private static final ObjectMapper JSON = new ObjectMapper();

    @ParameterizedTest
    @ValueSource(strings = {"xquad-en", "xquad-zh"})
    void findsTheParagraphOfNearlyEveryQuestion(String set) throws IOException {
        Path folder = Path.of("../deploy/src/main/resources/demo", set);
        List<JsonNode> corpus = lines(new GZIPInputStream(Files.newInputStream(folder.resolve("corpus.jsonl.gz"))));
        InvertedIndex index = new InvertedIndex();
        Map<String, Integer> slots = new HashMap<>();
        for (JsonNode paragraph : corpus) {
            int slot = slots.size();
            slots.put(paragraph.get("_id").asText(), slot);
            index.add(slot, Bm25.DEFAULT.document(paragraph.get("text").asText()));
        }
        Map<String, Integer> gold = new HashMap<>();
        for (String line : Files.readAllLines(folder.resolve("qrels.tsv"))) {
            String[] parts = line.split("\t", -1);
            if (slots.containsKey(parts[1])) {
                gold.put(parts[0], slots.get(parts[1]));
            }
        }
        int found = 0;
        List<JsonNode> questions = lines(Files.newInputStream(folder.resolve("queries.jsonl")));
        for (JsonNode question : questions) {
            Sparse query = Bm25.DEFAULT.query(question.get("text").asText());
            Neighbours best = index.search(index.weighted(query), 5, slots.size(), slot -> true);
            int wanted = gold.getOrDefault(question.get("_id").asText(), -1);
            for (int slot : best.nodes()) {
                found += slot == wanted ? 1 : 0;
            }
        }
        double recall = found / (double) questions.size();
        System.out.printf("BM25 recall@5 %.4f over %d questions of %s%n", recall, questions.size(), set);
        assertEquals(1190, questions.size());
        assertTrue(recall >= 0.97, "recall@5 " + recall);
    }

    @Test
    void ranksAsTheFormulaOfRobertsonDoes() {
        String[] texts = {"red apple", "red red apple pie with cream", "green pear", "apple apple apple apple"};
        InvertedIndex index = new InvertedIndex();
        for (int i = 0; i < texts.length; i++) {
            index.add(i, Bm25.DEFAULT.document(texts[i]));
        }
        Neighbours found = index.search(index.weighted(Bm25.DEFAULT.query("red apple")), 10, 4, slot -> true);
        Map<Integer, Double> expected = new TreeMap<>();
        double redIdf = Math.log(1 + (4 - 2 + 0.5) / (2 + 0.5));
        double appleIdf = Math.log(1 + (4 - 3 + 0.5) / (3 + 0.5));
        expected.put(0, redIdf * weight(1, 2) + appleIdf * weight(1, 2));
        expected.put(1, redIdf * weight(2, 5) + appleIdf * weight(1, 5));
        expected.put(3, appleIdf * weight(4, 4));
        assertEquals(3, found.size());
        for (int i = 0; i < found.size(); i++) {
            assertEquals(expected.getOrDefault(found.nodes()[i], Double.NaN), found.scores()[i], 1e-5);
        }
    }

    @Test
    void choosesTheAnalyserByScript() {
        assertEquals(List.of("run", "fox"), Terms.BY_SCRIPT.stored("The running foxes"));
        assertEquals(List.of("向量", "量数", "数据", "据库"), Terms.BY_SCRIPT.stored("向量数据库"));
        assertTrue(Terms.BY_SCRIPT.stored("使用 Qdrant 数据库").contains("qdrant"));
        assertEquals(List.of(), Terms.BY_SCRIPT.stored("  ... "));
    }

    @Test
    void agreesWithDotProductsOnRandomSparseVectors() {
        for (long seed = 0; seed < 30; seed++) {
            Random random = new Random(seed);
            InvertedIndex index = new InvertedIndex();
            List<Sparse> all = new ArrayList<>();
            boolean[] dead = new boolean[60];
            for (int slot = 0; slot < 60; slot++) {
                all.add(sparse(random));
                index.add(slot, all.get(slot));
            }
            for (int slot = 0; slot < 60; slot += 3) {
                dead[slot] = true;
                index.remove(slot, all.get(slot));
            }
            Sparse query = sparse(random);
            for (boolean idf : new boolean[] {false, true}) {
                List<Float> truth = new ArrayList<>();
                for (int slot = 0; slot < 60; slot++) {
                    Float score = naiveScore(query, slot, all, dead, idf);
                    if (!dead[slot] && score != null) {
                        truth.add(score);
                    }
                }
                truth.sort((a, b) -> Float.compare(b, a));
                Neighbours found = index.search(idf ? index.weighted(query) : query, 7, 60, slot -> !dead[slot]);
                assertEquals(Math.min(7, truth.size()), found.size(), "seed " + seed);
                for (int i = 0; i < found.size(); i++) {
                    assertEquals(truth.get(i), found.scores()[i], 1e-4f, "seed " + seed);
                }
            }
        }
    }

    @Test
    void sparseVectorsSortTheirIndicesAsUnsignedAndRefuseRepeats() {
        Sparse sorted = new Sparse(new int[] {-1, 5, 0}, new float[] {1, 2, 3});
        assertArrayEquals(new int[] {0, 5, -1}, sorted.indices());
        assertArrayEquals(new float[] {3, 2, 1}, sorted.values());
        assertThrows(IllegalArgumentException.class, () -> new Sparse(new int[] {1, 1}, new float[2]));
        assertThrows(IllegalArgumentException.class, () -> new Sparse(new int[] {1}, new float[2]));
    }

    /// Null if the two share no index.
    private static @Nullable Float naiveScore(Sparse query, int slot, List<Sparse> all, boolean[] dead, boolean idf) {
        double sum = 0;
        boolean shared = false;
        for (int i = 0; i < query.indices().length; i++) {
            int index = query.indices()[i];
            int total = 0;
            int having = 0;
            for (int other = 0; other < all.size(); other++) {
                total += dead[other] ? 0 : 1;
                having += !dead[other] && value(all.get(other), index) != 0 ? 1 : 0;
            }
            double weight = idf ? Math.log(1 + (total - having + 0.5) / (having + 0.5)) : 1;
            shared |= value(all.get(slot), index) != 0;
            sum += weight * query.values()[i] * value(all.get(slot), index);
        }
        return shared ? (float) sum : null;
    }

    private static float value(Sparse vector, int index) {
        int at = Arrays.binarySearch(vector.indices(), index);
        return at < 0 ? 0 : vector.values()[at];
    }

    private static double weight(int count, int length) {
        return count * 2.2 / (count + 1.2 * (0.25 + 0.75 * length / 256.0));
    }

    private static Sparse sparse(Random random) {
        int[] indices =
                random.ints(0, 20).distinct().limit(1 + random.nextInt(6)).toArray();
        float[] values = new float[indices.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat() - 0.3f;
        }
        return new Sparse(indices, values);
    }

    private static List<JsonNode> lines(InputStream stream) throws IOException {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            List<JsonNode> nodes = new ArrayList<>();
            for (String line : reader.lines().toList()) {
                nodes.add(JSON.readTree(line));
            }
            return nodes;
        }
    }
}
