package dev.pagoda.gateway.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProductFitTest {
    private static final Device DEVICE = new Device("made", 1L << 36, 2e12, 500e12, 0);

    /// Products of a device that reaches 70 % of its rate and 80 % of its bandwidth, 6 us each.
    private static List<ProductFit.Point> points() {
        var points = new ArrayList<ProductFit.Point>();
        for (int rows = 1; rows <= 8_192; rows *= 2) {
            for (int side = 1_024; side <= 16_384; side *= 2) {
                double compute = 2.0 * rows * side * side / (DEVICE.flops() * .7) * 1e6;
                double bytes = 2.0 * side * side + 2.0 * rows * 2 * side;
                double memory = bytes / (DEVICE.memoryBytesPerSecond() * .8) * 1e6;
                double micros = 6 + Math.pow(Math.pow(compute, 6) + Math.pow(memory, 6), 1 / 6.0);
                points.add(new ProductFit.Point(rows, side, side, micros));
            }
        }
        return points;
    }

    @Test
    void findsTheFiguresThatMadeThePoints() {
        ProductFit fit = ProductFit.of(points(), DEVICE, 2, 7);

        assertEquals(.7, fit.compute(), .02);
        assertEquals(.8, fit.memory(), .02);
        assertEquals(6, fit.fixedMicros(), .3);
        assertTrue(fit.testError() < .02 && fit.rooflineError() > .2, fit.toString());
    }

    @Test
    void theSameSeedFindsTheSame() {
        assertEquals(ProductFit.of(points(), DEVICE, 2, 3), ProductFit.of(points(), DEVICE, 2, 3));
    }

    @Test
    void refusesTooFewPoints() {
        assertThrows(IllegalArgumentException.class, () -> ProductFit.of(points().subList(0, 3), DEVICE, 2, 1));
    }
}
