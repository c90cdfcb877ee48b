package dev.pagoda.gateway.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.RerankerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Compared with the same model in plain Java.
class CrossEncoderTest {
    private static final long SEED = 4;

    private final TinyReranker tiny = new TinyReranker();

    @TempDir
    private Path folder = Path.of("");

    @BeforeEach
    void write() throws IOException {
        tiny.write(folder);
    }

    private CrossEncoder open(@Nullable Integer maxTokens) {
        return new CrossEncoder(new RerankerConfig("tiny", folder.toString(), null, maxTokens));
    }

    private static String words(Random random, int count) {
        var text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(TinyReranker.WORDS.get(random.nextInt(4, TinyReranker.WORDS.size())))
                    .append(' ');
        }
        return text.toString();
    }

    @Test
    void ordersDocumentsByWhatTheyShareWithTheQuestion() {
        try (CrossEncoder encoder = open(null)) {
            double[] scores = encoder.score(
                            "pump leaks oil", List.of("a kitten sleeps", "The pump leaks oil", "moon river oil"))
                    .scores();
            assertTrue(scores[1] > scores[2], "the words of the question before one of them");
            assertTrue(scores[2] > scores[0], "one of them before none");
        }
    }

    @Test
    void scoresOfABatchAreThoseOfPlainJavaAndThoseOfEachAlone() {
        var random = new Random(SEED);
        try (CrossEncoder encoder = open(null)) {
            for (int round = 0; round < 20; round++) {
                String question = words(random, random.nextInt(1, 12));
                List<String> documents = IntStream.range(0, random.nextInt(1, 30))
                        .mapToObj(i -> words(random, random.nextInt(1, 400)))
                        .toList();
                CrossEncoder.Scored scored = encoder.score(question, documents);
                int tokens = 0;
                for (int i = 0; i < documents.size(); i++) {
                    String document = documents.get(i);
                    assertEquals(tiny.score(question, document, 512), scored.scores()[i], 1e-5);
                    CrossEncoder.Scored alone = encoder.score(question, List.of(document));
                    assertEquals(alone.scores()[0], scored.scores()[i], 1e-6);
                    assertEquals(tiny.tokens(question, document, 512).size(), alone.tokens());
                    tokens += alone.tokens();
                }
                assertEquals(tokens, scored.tokens(), "padding is not counted");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"3, 40", "40, 3", "40, 40", "40, 90", "90, 40", "3, 11", "3, 12", "7, 7", "8, 8", "0, 40", "40, 0"})
    void cutsTheLongerSideFirst(int ofQuestion, int ofDocument) {
        var random = new Random(SEED);
        String question = words(random, ofQuestion);
        String document = words(random, ofDocument);
        try (CrossEncoder encoder = open(17)) {
            CrossEncoder.Scored scored = encoder.score(question, List.of(document));
            assertEquals(Math.min(17, ofQuestion + ofDocument + 3), scored.tokens());
            assertEquals(tiny.score(question, document, 17), scored.scores()[0], 1e-5);
        }
    }

    @Test
    void readsAsManyTokensAsTheSettingsSay() {
        String document = words(new Random(SEED), 3_000);
        for (int maxTokens : new int[] {16, 513, 2048}) {
            try (CrossEncoder encoder = open(maxTokens)) {
                assertEquals(maxTokens, encoder.score("pump", List.of(document)).tokens());
            }
        }
    }

    @Test
    void doesNotReadCharactersThatCannotBeAmongTheTokens() {
        try (CrossEncoder encoder = open(16)) {
            String endless = "pump ".repeat(20) + "x".repeat(50_000_000);
            double[] scores =
                    encoder.score("oil", List.of(endless, "pump ".repeat(20))).scores();
            assertEquals(scores[1], scores[0]);
            // a character outside the basic plane lies across the last one that is looked at
            assertEquals(
                    1 + 1 + 3,
                    encoder.score("oil", List.of("x".repeat(1599) + "😀")).tokens());
        }
    }

    @Test
    void aScoreOfAQuantisedModelDoesNotDependOnWhatElseWasAsked() throws IOException {
        Files.write(folder.resolve("onnx/model.onnx"), tiny.quantised());
        var random = new Random(SEED);
        List<String> documents = TinyReranker.WORDS.subList(4, 16).stream()
                .map(word -> word + " a")
                .toList();
        try (CrossEncoder encoder = open(null)) {
            assertTrue(encoder.files().scalesByRun());
            double[] together = encoder.score(words(random, 2), documents).scores();
            random.setSeed(SEED);
            String question = words(random, 2);
            double[] alone = documents.stream()
                    .mapToDouble(each -> encoder.score(question, List.of(each)).scores()[0])
                    .toArray();
            assertArrayEquals(alone, together);
            assertEquals(tiny.score(question, documents.getFirst(), 512), together[0], 0.02, "but for the rounding");
        }
    }

    @Test
    void takesTheFileThatTheSettingsName() throws IOException {
        Files.write(folder.resolve("onnx/other.onnx"), tiny.quantised());
        var config = new RerankerConfig("tiny", folder.toString(), "onnx/other.onnx", 64);
        try (var encoder = new CrossEncoder(config)) {
            assertEquals(
                    folder.resolve("onnx/other.onnx").toAbsolutePath(),
                    encoder.files().weights());
        }
        try (CrossEncoder encoder = open(64)) {
            assertFalse(encoder.files().scalesByRun());
        }
        Files.write(folder.resolve("model.onnx"), tiny.quantised());
        try (CrossEncoder encoder = open(64)) {
            assertEquals(
                    folder.resolve("model.onnx").toAbsolutePath(),
                    encoder.files().weights());
        }
    }

    private String refusal() {
        String message = String.valueOf(
                assertThrows(UnusableModel.class, () -> open(null).close()).getMessage());
        assertTrue(message.startsWith("gateway.rerankers: tiny: "), message);
        return message.substring("gateway.rerankers: tiny: ".length());
    }

    @Test
    void saysWhichFileIsMissing() throws IOException {
        Files.delete(folder.resolve("tokenizer.json"));
        assertEquals(folder + " has no file tokenizer.json", refusal());
        Files.delete(folder.resolve("onnx/model.onnx"));
        assertEquals(
                folder + " has no file model.onnx, onnx/model.onnx, model_quantized.onnx, onnx/model_quantized.onnx",
                refusal());
        Files.delete(folder.resolve("onnx"));
        Files.delete(folder);
        assertEquals("there is no folder " + folder, refusal());
        Files.createDirectory(folder);
    }

    @Test
    void saysThatATokenizerCannotBeRead() throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), "{\"model\": ");
        assertTrue(refusal().contains("Unexpected end-of-input"));
        Files.writeString(folder.resolve("tokenizer.json"), "{\"model\": {\"type\": \"Nonesuch\"}}");
        assertTrue(refusal().startsWith(folder.resolve("tokenizer.json") + " is no tokenizer that can be read: "));
    }

    @Test
    void saysThatWeightsAreNoModel() throws IOException {
        Files.writeString(folder.resolve("onnx/model.onnx"), "version https://git-lfs.github.com/spec/v1\n");
        assertTrue(refusal().startsWith("ONNX Runtime cannot load " + folder.resolve("onnx/model.onnx") + ": "));
        Files.write(folder.resolve("onnx/model.onnx"), new byte[0]);
        assertTrue(refusal().startsWith("ONNX Runtime cannot load "));
    }

    @Test
    void refusesModelsThatAreNoCrossEncoders() throws IOException {
        List<String> refusals = new ArrayList<>();
        for (byte[] model : List.of(tiny.classifier(3), tiny.ofPairs(1), embedder(), withoutMask())) {
            Files.write(folder.resolve("onnx/model.onnx"), model);
            refusals.add(refusal());
        }
        assertTrue(refusals.get(0).contains("logits of one FLOAT for each pair"), refusals.get(0));
        assertTrue(refusals.get(1).contains("cannot be run on two pairs"), refusals.get(1));
        assertTrue(refusals.get(2).contains("logits of one FLOAT for each pair"), refusals.get(2));
        assertTrue(refusals.get(3).contains("input_ids, attention_mask and token_type_ids are known"), refusals.get(3));
    }

    private static byte[] embedder() {
        return new OnnxFile()
                .input("input_ids", OnnxFile.INT64, "batch", "tokens")
                .input("attention_mask", OnnxFile.INT64, "batch", "tokens")
                .output("last_hidden_state", OnnxFile.FLOAT, "batch", "tokens", "2")
                .floats("table", new float[32], 16, 2)
                .node("Gather", "table input_ids", "last_hidden_state")
                .bytes();
    }

    private static byte[] withoutMask() {
        return new OnnxFile()
                .input("input_ids", OnnxFile.INT64, "batch", "tokens")
                .output("logits", OnnxFile.FLOAT, "batch", "1")
                .longs("tokens", 1)
                .node("Cast", "input_ids", "numbers", "to", OnnxFile.FLOAT)
                .node("ReduceSum", "numbers tokens", "logits")
                .bytes();
    }

    /// Such as those of XLM-RoBERTa; here of the sum of all numbers, which is large.
    @Test
    void takesModelsWithoutTokenTypes() throws IOException {
        byte[] model = new OnnxFile()
                .input("input_ids", OnnxFile.INT64, "batch", "tokens")
                .input("attention_mask", OnnxFile.INT64, "batch", "tokens")
                .output("score", OnnxFile.FLOAT, "batch")
                .longs("tokens", 1)
                .node("Mul", "input_ids attention_mask", "read")
                .node("Cast", "read", "numbers", "to", OnnxFile.FLOAT)
                .node("ReduceSum", "numbers tokens", "score", "keepdims", 0)
                .bytes();
        Files.write(folder.resolve("onnx/model.onnx"), model);
        try (CrossEncoder encoder = open(null)) {
            // [CLS] 2, twice [SEP] 3, a 4, b 5
            double[] scores =
                    encoder.score("a", List.of("b", "b b b b b b b b b b")).scores();
            assertEquals(1 / (1 + Math.exp(-17)), scores[0], 1e-12);
            assertEquals(1, scores[1], 1e-12);
        }
    }

    @Test
    void theFilesThatOtherModulesTestWithAreThese() throws IOException {
        Path kept = Path.of("../deploy/src/test/resources/tiny-reranker");
        for (String file : List.of("onnx/model.onnx", "tokenizer.json")) {
            assertEquals(-1, Files.mismatch(folder.resolve(file), kept.resolve(file)), file);
        }
    }
}
