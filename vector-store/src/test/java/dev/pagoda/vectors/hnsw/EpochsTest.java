package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EpochsTest {
    private final Epochs epochs = new Epochs();

    @Test
    void advancesFreelyWithoutReaders() {
        for (int i = 0; i < 5; i++) {
            assertEquals(i, epochs.current());
            assertTrue(epochs.advance());
        }
    }

    @Test
    void aReaderLetsOneAdvanceThroughAndHoldsTheNext() {
        long entered = epochs.enter();
        assertTrue(epochs.advance());
        assertFalse(epochs.advance());
        assertFalse(epochs.advance());
        epochs.exit(entered);
        assertTrue(epochs.advance());
        assertEquals(2, epochs.current());
    }

    @Test
    void aLaterReaderDoesNotHoldWhatTheEarlierHeld() {
        long first = epochs.enter();
        assertTrue(epochs.advance());
        long second = epochs.enter();
        epochs.exit(first);
        assertTrue(epochs.advance());
        assertFalse(epochs.advance());
        epochs.exit(second);
        assertTrue(epochs.advance());
    }

    @Test
    void noEpochIsEverTwoAheadOfAReader() {
        long seed = 20251128;
        Random random = new Random(seed);
        ArrayDeque<Long> readers = new ArrayDeque<>();
        for (int i = 0; i < 10_000; i++) {
            switch (random.nextInt(3)) {
                case 0 -> readers.add(epochs.enter());
                case 1 -> {
                    if (!readers.isEmpty()) {
                        epochs.exit(random.nextBoolean() ? readers.removeFirst() : readers.removeLast());
                    }
                }
                default -> {
                    boolean held = readers.stream().anyMatch(entered -> entered < epochs.current());
                    assertEquals(!held, epochs.advance(), "seed " + seed + " step " + i);
                }
            }
            for (long entered : readers) {
                assertTrue(epochs.current() - entered < Epochs.GRACE, "seed " + seed + " step " + i);
            }
        }
    }
}
