package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NodeBitsTest {
    private static final long SEED = 20251202;

    @Test
    void agreesWithASetWhileItGrows() {
        Random random = new Random(SEED);
        NodeBits bits = new NodeBits();
        BitSet expected = new BitSet();
        int room = 64;
        for (int i = 0; i < 20_000; i++) {
            if (i % 1000 == 999) {
                room += random.nextInt(200);
                bits.reserve(room);
            }
            int node = random.nextInt(room);
            if (random.nextBoolean()) {
                assertEquals(!expected.get(node), bits.add(node), "seed " + SEED + " step " + i);
                expected.set(node);
            } else {
                assertEquals(expected.get(node), bits.remove(node), "seed " + SEED + " step " + i);
                expected.clear(node);
            }
            int from = random.nextInt(room + 300);
            assertEquals(expected.get(from), bits.has(from), "seed " + SEED + " step " + i);
            assertEquals(expected.nextSetBit(from), bits.next(from), "seed " + SEED + " step " + i);
        }
    }

    @Test
    void hasNothingBeyondItsRoom() {
        NodeBits bits = new NodeBits();
        bits.add(63);
        assertFalse(bits.has(64));
        assertFalse(bits.has(1 << 28));
        assertEquals(-1, bits.next(64));
        assertEquals(-1, bits.next(1 << 28));
    }

    @Test
    void reservesAnEighthMoreThanAsked() {
        NodeBits bits = new NodeBits();
        assertEquals(8, bits.bytes());
        bits.reserve(64);
        assertEquals(8, bits.bytes());
        bits.reserve(65);
        assertEquals(16, bits.bytes());
        bits.reserve(64 * 16);
        assertEquals(8 * 18, bits.bytes());
        bits.reserve(64 * 17);
        assertEquals(8 * 18, bits.bytes());
        assertTrue(bits.add(64 * 18 - 1));
    }
}
