package dev.pagoda.gateway.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.backend.VersionWeights.Share;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class VersionWeightsTest {
    private static final VersionWeights TENTH = new VersionWeights(List.of(new Share(1, 90), new Share(2, 10)), null);

    @Test
    void aTenthOfTheKeysGoToTheVersionThatHasATenth() {
        for (long seed = 1; seed <= 5; seed++) {
            var random = new Random(seed);
            int second = 0;
            for (int i = 0; i < 20_000; i++) {
                second += TENTH.draw("tiny", Long.toHexString(random.nextLong())) == 2 ? 1 : 0;
            }
            assertEquals(2_000, second, 150, "seed " + seed);
        }
    }

    @Test
    void whoHadTheNewVersionKeepsItWhenMoreGetIt() {
        var fifth = new VersionWeights(List.of(new Share(1, 80), new Share(2, 20)), null);
        for (int i = 0; i < 5_000; i++) {
            if (TENTH.draw("tiny", "session " + i) == 2) {
                assertEquals(2, fifth.draw("tiny", "session " + i));
            }
        }
    }

    @Test
    void modelsDrawApart() {
        int both = 0;
        for (int i = 0; i < 10_000; i++) {
            both += TENTH.draw("one", "s" + i) == 2 && TENTH.draw("two", "s" + i) == 2 ? 1 : 0;
        }
        assertTrue(both < 300, both + " of about 100 expected");
    }

    @Test
    void weightsThatMeanNothingAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new VersionWeights(List.of(), null));
        assertThrows(IllegalArgumentException.class, () -> new VersionWeights(List.of(new Share(1, 0)), null));
        assertThrows(IllegalArgumentException.class, () -> new Share(1, 10_001));
        assertThrows(IllegalArgumentException.class, () -> new Share(0, 1));
    }
}
