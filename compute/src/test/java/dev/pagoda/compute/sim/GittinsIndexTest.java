package dev.pagoda.compute.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class GittinsIndexTest {
    private final GittinsIndex index = new GittinsIndex(new double[] {10, 20, 100, 1000}, 50);

    @Test
    void isTheChanceToEndWithinTheQuantumOverWhatItIsExpectedToTakeOfIt() {
        // Two of four end within 50, after 10 and 20; the others take all of it.
        assertEquals(0.5 / ((10 + 20 + 50 + 50) / 4.0), index.at(0), 1e-12);
        // Of the two that are longer than 60 one ends within the next 50, after 40.
        assertEquals(0.5 / ((40 + 50) / 2.0), index.at(60), 1e-12);
    }

    @Test
    void isNothingWhereNobodyEndsOrNobodyWasThatLong() {
        assertEquals(0, index.at(100), 1e-12);
        assertEquals(0, index.at(1000), 1e-12);
        assertEquals(0, index.at(5000), 1e-12);
    }

    @Test
    void fallsWithServiceWhereFewJobsAreVeryLong() {
        assertTrue(index.at(0) > index.at(20));
    }

    @Test
    void refusesTimesOutOfOrderAndNoQuantum() {
        assertThrows(IllegalArgumentException.class, () -> new GittinsIndex(new double[] {2, 1}, 1));
        assertThrows(IllegalArgumentException.class, () -> new GittinsIndex(new double[] {1}, 0));
        assertThrows(IllegalArgumentException.class, () -> new GittinsIndex(new double[0], 1));
    }
}
