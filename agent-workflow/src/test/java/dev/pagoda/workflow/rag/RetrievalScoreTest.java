package dev.pagoda.workflow.rag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class RetrievalScoreTest {
    private final RetrievalScore score = new RetrievalScore();

    @Test
    void averagesRecallAndReciprocalRank() {
        score.add(List.of("a", "b"), Set.of("a"), 1_000_000);
        score.add(List.of("x", "y", "b"), Set.of("b"), 3_000_000);
        score.add(List.of("x"), Set.of("c"), 2_000_000);
        score.add(List.of("1", "2", "3", "4", "5", "d"), Set.of("d"), 4_000_000);
        assertEquals(4, score.questions());
        assertEquals(0.25, score.recallAt(1), 1e-9);
        assertEquals(0.5, score.recallAt(5), 1e-9);
        assertEquals(0.75, score.recallAt(10), 1e-9);
        assertEquals((1 + 1 / 3.0 + 0 + 1 / 6.0) / 4, score.meanReciprocalRank(), 1e-9);
        assertEquals(3, score.millisAt(0.5), 1e-9);
        assertEquals(4, score.millisAt(0.95), 1e-9);
    }

    @Test
    void sharesTheRecallAmongSeveralAnswers() {
        score.add(List.of("a", "x", "b"), Set.of("a", "b", "c"), 1);
        assertEquals(1, score.recallAt(1), 1e-9);
        assertEquals(2 / 3.0, score.recallAt(5), 1e-9);
    }

    @Test
    void keepsOnlyItsOwnCuts() {
        assertThrows(IllegalArgumentException.class, () -> score.recallAt(3));
    }
}
