package dev.pagoda.compute.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.fleet.PartitionState.Draining;
import dev.pagoda.compute.fleet.PartitionState.Serving;
import dev.pagoda.compute.fleet.PartitionState.Switching;
import org.junit.jupiter.api.Test;

final class PartitionStateTest {
    private static final AcceleratorSpec H100 = AcceleratorCatalogue.shipped().get("h100-sxm");
    private static final PartitionScheme WHOLE = PartitionSchemes.whole(H100);
    private static final PartitionScheme MIG = PartitionSchemes.named(H100, "mig");
    private static final PartitionScheme TURNS = PartitionSchemes.named(H100, "time-slicing-4");
    private static final long MIG_MICROS = MIG.times().enterMicros();

    @Test
    void emptyDeviceSwitchesAtOnceAndIsReadyAfterItsTime() {
        PartitionState switching = new Serving(WHOLE).ask(MIG, 0, 1_000);
        assertEquals(new Switching(WHOLE, MIG, 1_000 + MIG_MICROS), switching);
        assertFalse(switching.takesWork());
        assertSame(switching, switching.at(1_000 + MIG_MICROS - 1));
        assertEquals(new Serving(MIG), switching.at(1_000 + MIG_MICROS));
    }

    @Test
    void deviceInUseDrainsUntilItsLastTaskIsGone() {
        PartitionState draining = new Serving(MIG).ask(WHOLE, 0b11, 5);
        assertEquals(new Draining(MIG, WHOLE, 5), draining);
        assertFalse(draining.takesWork());
        assertSame(draining, draining.occupied(0b01, 10));
        assertSame(draining, draining.at(Long.MAX_VALUE));
        assertEquals(new Switching(MIG, WHOLE, 20 + MIG_MICROS), draining.occupied(0, 20));
    }

    @Test
    void drainingDeviceCanBeCalledOffOrAskedForAnotherMode() {
        PartitionState draining = new Serving(WHOLE).ask(MIG, 1, 5);
        assertEquals(new Serving(WHOLE), draining.callOff());
        assertEquals(new Serving(WHOLE), draining.ask(WHOLE, 1, 6));
        assertEquals(new Draining(WHOLE, TURNS, 5), draining.ask(TURNS, 1, 6));
    }

    @Test
    void switchUnderWayEndsFirst() {
        PartitionState switching = new Serving(WHOLE).ask(MIG, 0, 0);
        assertSame(switching, switching.ask(MIG, 0, 1));
        assertSame(switching, switching.callOff());
        var error = assertThrows(IllegalStateException.class, () -> switching.ask(TURNS, 0, 1));
        assertEquals(
                "the device is on its way from whole to mig until 30000000, it cannot be asked for time-slicing-4",
                error.getMessage());
    }

    @Test
    void askingForTheModeItIsInChangesNothing() {
        PartitionState serving = new Serving(MIG);
        assertSame(serving, serving.ask(MIG, 0, 1));
        assertSame(serving, serving.occupied(0, 1));
        assertSame(serving, serving.at(1));
        assertTrue(serving.takesWork());
    }

    @Test
    void leavingACostlyModeCostsAsMuchAsEnteringIt() {
        AcceleratorSpec mi300x = AcceleratorCatalogue.shipped().get("mi300x");
        PartitionScheme nps4 = PartitionSchemes.named(mi300x, "cpx_nps4");
        PartitionScheme nps1 = PartitionSchemes.named(mi300x, "cpx_nps1");
        assertEquals(new Switching(nps4, nps1, 140_000_000), new Serving(nps4).ask(nps1, 0, 0));
        assertEquals(new Switching(nps1, nps4, 140_000_000), new Serving(nps1).ask(nps4, 0, 0));
    }

    @Test
    void changeThatTakesNoTimeIsDoneAtOnce() {
        AcceleratorSpec mi250x = AcceleratorCatalogue.shipped().get("mi250x");
        PartitionScheme dies = PartitionSchemes.named(mi250x, "gcd");
        assertEquals(new Serving(dies), new Serving(PartitionSchemes.whole(mi250x)).ask(dies, 0, 3));
    }
}
