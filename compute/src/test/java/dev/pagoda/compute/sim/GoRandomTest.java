package dev.pagoda.compute.sim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GoRandomTest {
    /// What every Go program that never seeded printed until Go 1.20.
    @Test
    void drawsAsGoDoes() {
        GoRandom random = new GoRandom(1);
        int[] drawn = IntStream.range(0, 10).map(i -> random.intn(100)).toArray();
        assertArrayEquals(new int[] {81, 87, 47, 59, 81, 18, 25, 40, 56, 0}, drawn);
        assertEquals(5_577_006_791_947_779_410L, new GoRandom(1).int63());
    }

    @Test
    void seedsThatAreEqualModuloTheModulusAreEqual() {
        assertEquals(new GoRandom(7).int63(), new GoRandom(7L + Integer.MAX_VALUE).int63());
        assertEquals(new GoRandom(-1).int63(), new GoRandom(Integer.MAX_VALUE - 1).int63());
    }

    @Test
    void aPermutationHasEachNumberOnce() {
        assertArrayEquals(
                IntStream.range(0, 1213).toArray(),
                IntStream.of(new GoRandom(42).perm(1213)).sorted().toArray());
    }
}
