package dev.pagoda.gateway.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.backend.Grounding.Passage;
import java.util.List;
import org.junit.jupiter.api.Test;

class GroundingTest {
    private static final String LONG =
            "The warranty of every pump covers two years from the day of purchase. It is void when the seal was broken.";

    @Test
    void findsMarkedPassagesInTheSystemMessage() {
        Grounding grounding = Grounding.of(List.of(
                system(
                        "Answer from the context and cite.\n\n[1] Pumps\nlast ten years.\n\nThey are blue.\n\n[2] Seals are red."
                                + "\n\nIf nothing fits, say so."),
                user("How long do pumps last?")));

        assertEquals("How long do pumps last?", grounding.question());
        assertEquals(
                List.of(new Passage(1, "Pumps\nlast ten years.\n\nThey are blue."), new Passage(2, "Seals are red.")),
                grounding.passages());
    }

    @Test
    void findsPassagesAndQuestionInOneUserMessage() {
        Grounding grounding = Grounding.of(
                List.of(
                        user(
                                "Use the sources.\n[1] Pumps last ten years.\n[2] Seals are red.\n\nQuestion: How long do pumps last?")));

        assertEquals("How long do pumps last?", grounding.question());
        assertEquals(2, grounding.passages().size());
        assertEquals(2, grounding.passages().get(1).mark());
    }

    @Test
    void theParagraphAfterTheLastPassageIsTheQuestion() {
        Grounding grounding = Grounding.of(List.of(user("[1] 水泵保修两年。\n\n[2] 密封圈是红色的。\n\n水泵保修多久？")));

        assertEquals("水泵保修多久？", grounding.question());
        assertEquals(List.of(new Passage(1, "水泵保修两年。"), new Passage(2, "密封圈是红色的。")), grounding.passages());
    }

    @Test
    void readsLabelledContexts() {
        Grounding english = Grounding.of(List.of(user("Context: Pumps last ten years.\nQuestion: How long?")));
        assertEquals("How long?", english.question());
        assertEquals(List.of(new Passage(0, "Pumps last ten years.")), english.passages());

        Grounding chinese = Grounding.of(List.of(user("资料：\n水泵保修两年。\n\n密封圈是红色的。\n\n问题：保修多久？")));
        assertEquals("保修多久？", chinese.question());
        assertEquals(2, chinese.passages().size());

        Grounding tagged =
                Grounding.of(List.of(user("<context>\nPumps last ten years.\n</context>\n\nHow long do pumps last?")));
        assertEquals("How long do pumps last?", tagged.question());
        assertEquals(1, tagged.passages().size());

        Grounding before = Grounding.of(List.of(user("How long?\n\nContext:\n\nPumps last.\n\nTen years.")));
        assertEquals("How long?", before.question());
        assertEquals(2, before.passages().size());
    }

    @Test
    void takesALongParagraphBesideAQuestionAsContext() {
        Grounding grounding = Grounding.of(List.of(user(LONG + "\n\nWhen is the warranty void?")));

        assertEquals("When is the warranty void?", grounding.question());
        assertEquals(List.of(new Passage(0, LONG)), grounding.passages());
    }

    @Test
    void takesWhatAToolReturnedAsContext() {
        Grounding grounding =
                Grounding.of(List.of(user("When is the warranty void?"), new ChatMessage(Role.TOOL, LONG)));

        assertEquals("When is the warranty void?", grounding.question());
        assertEquals(1, grounding.passages().size());
    }

    @Test
    void instructionsAreNoContext() {
        Grounding grounding = Grounding.of(List.of(
                system("You are a helpful assistant of a company that sells pumps. "
                        + "Be brief and polite. ".repeat(20)),
                user("Hello there")));

        assertEquals("Hello there", grounding.question());
        assertTrue(grounding.passages().isEmpty());
    }

    @Test
    void theLastUserMessageAsksAndAnswersAreNoContext() {
        Grounding grounding = Grounding.of(
                List.of(user("First question?"), new ChatMessage(Role.ASSISTANT, LONG), user("And the second one?")));

        assertEquals("And the second one?", grounding.question());
        assertTrue(grounding.passages().isEmpty());
    }

    @Test
    void boundsTheNumberOfPassages() {
        var text = new StringBuilder();
        for (int i = 1; i <= 500; i++) {
            text.append('[').append(i).append("] passage\n");
        }
        assertEquals(
                Grounding.MAX_PASSAGES,
                Grounding.of(List.of(user(text + "\nWhat?"))).passages().size());
    }

    private static ChatMessage user(String content) {
        return new ChatMessage(Role.USER, content);
    }

    private static ChatMessage system(String content) {
        return new ChatMessage(Role.SYSTEM, content);
    }
}
