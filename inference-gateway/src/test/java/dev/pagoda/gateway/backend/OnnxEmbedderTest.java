package dev.pagoda.gateway.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("slow")
class OnnxEmbedderTest {
    @Test
    void englishSentencesOfOneMeaningAreCloserThanOthers() {
        try (var embedder = new OnnxEmbedder(EmbeddingModel.ALL_MINILM_L6_V2)) {
            float[] cat = embedder.embed("A man is playing a guitar.").vector();
            double alike = dot(
                    cat,
                    embedder.embed("Someone plays an instrument with strings.").vector());
            double other = dot(
                    cat, embedder.embed("The stock market fell sharply today.").vector());

            assertEquals(384, cat.length);
            assertEquals(1, dot(cat, cat), 1e-4);
            assertTrue(alike > .5 && other < .15, alike + " and " + other);
        }
    }

    @Test
    void chineseSentencesOfOneMeaningAreCloserThanOthers() {
        try (var embedder = new OnnxEmbedder(EmbeddingModel.BGE_SMALL_ZH_V15)) {
            float[] refund = embedder.embed("如何申请退款？").vector();
            double alike = dot(refund, embedder.embed("怎样办理退货退款").vector());
            double other = dot(refund, embedder.embed("今天北京天气晴朗").vector());

            assertEquals(512, refund.length);
            assertEquals(1, dot(refund, refund), 1e-4);
            assertTrue(alike > .65 && other < alike - .25, alike + " and " + other);
        }
    }

    @Test
    void sameTextSameVectorWhateverElseRuns() {
        try (var embedder = new OnnxEmbedder(EmbeddingModel.ALL_MINILM_L6_V2)) {
            float[] alone = embedder.embed("The pump is blue.").vector();
            embedder.embed("Something else entirely, and much longer than the text before it.");
            assertArrayEquals(alone, embedder.embed("The pump is blue.").vector());
        }
    }

    @Test
    void doesNotReadBeyondTheModelsLength() {
        try (var embedder = new OnnxEmbedder(EmbeddingModel.ALL_MINILM_L6_V2)) {
            String words = "pump ".repeat(254);
            assertEquals(256, embedder.embed(words).tokens());
            var longer = embedder.embed(words + "guitar ".repeat(1000));
            assertEquals(256, longer.tokens());
            assertArrayEquals(embedder.embed(words).vector(), longer.vector());
        }
        try (var embedder = new OnnxEmbedder(EmbeddingModel.BGE_SMALL_ZH_V15)) {
            assertEquals(512, embedder.embed("水".repeat(2000)).tokens());
        }
    }

    @Test
    void embedsAnEmptyText() {
        try (var embedder = new OnnxEmbedder(EmbeddingModel.ALL_MINILM_L6_V2)) {
            assertEquals(1, dot(embedder.embed("").vector(), embedder.embed("").vector()), 1e-4);
        }
    }

    @Test
    void findsModelsByName() {
        assertEquals(
                Optional.of(EmbeddingModel.ALL_MINILM_L6_V2),
                EmbeddingModel.named("sentence-transformers/all-MiniLM-L6-v2"));
        assertEquals(Optional.of(EmbeddingModel.BGE_SMALL_ZH_V15), EmbeddingModel.named("bge-small-zh-v1.5"));
        assertEquals(Optional.empty(), EmbeddingModel.named("gpt-4o"));
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
