package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class UpperLayersTest {
    private final UpperLayers upper = new UpperLayers();

    @Test
    void aNodeHasTheLayersThatWereOpened() {
        upper.open(3, 2);
        assertEquals(2, upper.level(3));
        assertEquals(0, upper.level(4));
        assertArrayEquals(new int[0], upper.list(3, 1));
        assertArrayEquals(new int[0], upper.list(3, 2));
        assertArrayEquals(new int[0], upper.list(3, 3));
        assertArrayEquals(new int[0], upper.list(4, 1));
        upper.replace(3, 2, new int[] {5, 6});
        assertArrayEquals(new int[0], upper.list(3, 1));
        assertArrayEquals(new int[] {5, 6}, upper.list(3, 2));
        upper.close(3);
        assertEquals(0, upper.level(3));
        assertThrows(IllegalStateException.class, () -> upper.replace(3, 1, new int[0]));
        upper.open(5, 0);
        assertEquals(0, upper.level(5));
        assertThrows(IllegalStateException.class, () -> upper.replace(5, 1, new int[0]));
    }

    @Test
    void growsByAnEighthOrAsFarAsItMust() {
        assertEquals(16 * 4, upper.bytes());
        upper.open(15, 1);
        upper.replace(15, 1, new int[] {1});
        upper.reserve(16);
        assertEquals(16 * 4 + 20 + 20, upper.bytes());
        upper.reserve(17);
        assertEquals(18 * 4 + 20 + 20, upper.bytes());
        upper.reserve(40);
        assertEquals(40 * 4 + 20 + 20, upper.bytes());
        assertArrayEquals(new int[] {1}, upper.list(15, 1));
        upper.open(39, 3);
        assertEquals(40 * 4 + 20 + 20 + 28 + 3 * 16, upper.bytes());
    }
}
