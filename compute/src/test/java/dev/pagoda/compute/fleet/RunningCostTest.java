package dev.pagoda.compute.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import org.junit.jupiter.api.Test;

final class RunningCostTest {
    private static final long HOUR = 3_600_000_000L;

    @Test
    void hourOfABusyDeviceCostsItsPriceAndItsPower() {
        RunningCost cost = RunningCost.of(node("europe-north2"), 1, 1, HOUR);
        assertEquals(2.95, cost.usd(), 1e-9);
        // 700 W, a third more for the host, a fifth more for the building
        assertEquals(0.7 * 1.35 * 1.2, cost.kwh(), 1e-9);
        assertEquals(cost.kwh() * 2.73, cost.grams(), 1e-9);
    }

    @Test
    void sameWorkEmitsFarMoreOnACoalGrid() {
        double clean = RunningCost.of(node("europe-north2"), 8, 0.5, HOUR).grams();
        double coal = RunningCost.of(node("europe-central2"), 8, 0.5, HOUR).grams();
        assertTrue(coal > 200 * clean);
    }

    @Test
    void idleDeviceStillDrawsPower() {
        assertEquals(84, RunningCost.watts(node("cn"), 0), 1e-9);
        assertEquals(700, RunningCost.watts(node("cn"), 1), 1e-9);
    }

    @Test
    void costsAddUpOverTimeAndDevices() {
        Node node = node("cn");
        RunningCost parts = RunningCost.NONE;
        for (int i = 0; i < 60; i++) {
            parts = parts.plus(RunningCost.of(node, 0.25, 0.5, HOUR / 60));
        }
        RunningCost whole = RunningCost.of(node, 0.25, 0.5, HOUR);
        assertEquals(whole.usd(), parts.usd(), 1e-9);
        assertEquals(whole.grams(), parts.grams(), 1e-6);
    }

    @Test
    void refusesMoreThanTheNodeHas() {
        Node node = node("cn");
        assertThrows(IllegalArgumentException.class, () -> RunningCost.of(node, 9, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> RunningCost.of(node, 1, 1.1, 1));
        assertThrows(IllegalArgumentException.class, () -> RunningCost.of(node, 1, Double.NaN, 1));
        assertThrows(IllegalArgumentException.class, () -> RunningCost.of(node, 1, 1, -1));
    }

    @Test
    void knowsTheGridsOfTheWorld() throws IOException {
        assertEquals(45, Regions.shipped().all().size());
        var error = assertThrows(
                IllegalArgumentException.class,
                () -> Regions.parse("r.tsv", new StringReader("id\tl\tg\tc\nx\tX\tmuch\tA")));
        assertTrue(String.valueOf(error.getMessage())
                .startsWith("r.tsv line 2 is \"x\tX\tmuch\tA\", expected a distinct id"));
    }

    private static Node node(String region) {
        var site = new Site(region, null, null, null, null, null, null, null);
        return new NodeGroup(1, "h", "h100-sxm", 8, 2_048, null, site, null, null)
                .nodes(AcceleratorCatalogue.shipped())
                .getFirst();
    }
}
