package dev.pagoda.gateway.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GroundedResponderTest {
    private static final String CONTEXT =
            "[1] The pump was designed in Oslo. The warranty of the pump covers two years."
                    + "\n\n[2] Seals are red. A broken seal voids the warranty of the pump.\n\n[3] The office opens at nine.";

    private final List<String> embedded = new ArrayList<>();
    private final GroundedResponder responder = new GroundedResponder((language, texts) -> {
        embedded.addAll(texts);
        return texts.stream().map(GroundedResponderTest::letters).toList();
    });

    @Test
    void quotesTheSentenceThatAnswersWithItsMark() {
        String answer = respond(CONTEXT, "What does a broken seal void?", 0);

        assertTrue(answer.startsWith("A broken seal voids the warranty of the pump. [2]"), answer);
    }

    @Test
    void addsTheSentenceThatAPronounPointsBackTo() {
        String answer = respond(
                "[7] Ada Lovelace was a mathematician. She wrote the first published algorithm for a machine.",
                "Who wrote the first published algorithm?",
                0);

        assertEquals(
                "Ada Lovelace was a mathematician. She wrote the first published algorithm for a machine. [7]", answer);
    }

    @Test
    void neverQuotesAPassagesTitle() {
        String answer = respond(
                "[1] Pump warranty\nThe pump has a warranty of two years from the day it was bought.",
                "What is the pump warranty?",
                0);

        assertEquals("The pump has a warranty of two years from the day it was bought. [1]", answer);
    }

    @Test
    void saysSoWhenNothingFits() {
        String answer = respond("[1] Zzz zzz zzz.", "How many moons has Jupiter?", 0);

        assertEquals("The given context does not answer this question: \"How many moons has Jupiter?\".", answer);
    }

    @Test
    void answersInTheLanguageOfTheQuestion() {
        String answer = respond("[1] 水泵保修两年。\n[2] 密封圈是红色的。", "水泵保修多久？", 1);

        assertEquals("根据资料：水泵保修两年。[1]", answer);
        assertTrue(respond("", "什么是水泵？", 4).contains("什么是水泵？"));
    }

    @Test
    void embedsNothingWithoutContext() {
        respond("", "What is a pump and how does it work?", 5);

        assertEquals(List.of(), embedded);
    }

    @Test
    void sameSeedSameTextAndOtherSeedsOtherTexts() {
        assertEquals(respond("", "What is a pump?", 5), respond("", "What is a pump?", 5));
        long distinct = java.util.stream.LongStream.range(0, 27)
                .mapToObj(seed -> respond("", "What is a pump?", seed))
                .distinct()
                .count();
        assertEquals(27, distinct);
        assertNotEquals(respond(CONTEXT, "What voids it, a seal?", 0), respond(CONTEXT, "What voids it, a seal?", 1));
    }

    @Test
    void namesTheTopicOfTheQuestionWithoutContext() {
        String answer = respond("", "Explain how turbines convert pressure", 0);

        assertTrue(answer.contains("turbines") && answer.contains("no weights"), answer);
    }

    @Test
    void doesNotRepeatAnUnboundedQuestion() {
        assertTrue(respond("", "pressure ".repeat(100_000), 0).length() < 1_000);
    }

    @Test
    void remembersOnlyTheVectorsUsedLast() {
        var asked = new ArrayList<String>();
        var cache = new CachingEmbedder(
                (language, texts) -> {
                    asked.addAll(texts);
                    return texts.stream().map(GroundedResponderTest::letters).toList();
                },
                2);
        cache.embed(Language.ENGLISH, List.of("a", "b", "a"));
        cache.embed(Language.ENGLISH, List.of("a"));
        cache.embed(Language.ENGLISH, List.of("c"));
        List<float[]> vectors = cache.embed(Language.ENGLISH, List.of("a", "b"));

        assertEquals(List.of("a", "b", "c", "b"), asked);
        assertEquals(letters("b")[1], vectors.get(1)[1]);
    }

    private String respond(String context, String question, long seed) {
        List<ChatMessage> messages = context.isEmpty()
                ? List.of(new ChatMessage(Role.USER, question))
                : List.of(new ChatMessage(Role.SYSTEM, context), new ChatMessage(Role.USER, question));
        return responder.respond("test-model", Grounding.of(messages), seed);
    }

    /// A stand-in for meaning: the words' hashes, as a unit vector. Texts that share words are close.
    private static float[] letters(String text) {
        float[] vector = new float[64];
        for (String term : Terms.of(text)) {
            vector[Math.floorMod(term.hashCode(), 64)] += 1;
        }
        double norm = 0;
        for (float x : vector) {
            norm += x * x;
        }
        for (int i = 0; i < vector.length; i++) {
            vector[i] = norm == 0 ? 0 : (float) (vector[i] / Math.sqrt(norm));
        }
        return vector;
    }
}
