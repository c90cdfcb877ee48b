package dev.pagoda.deploy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class MachineTimeTest {
    @Test
    void countsAllButIdlingAndTheGuestsThatAreCountedAlready() {
        assertEquals(11.11, MachineTime.busySeconds("cpu  1 10 100 50000 60000 0 0 1000 7 7"), 1e-9);
    }

    @Test
    void isNothingWhereNothingIsTold() {
        assertEquals(0, MachineTime.busySeconds(""));
    }
}
