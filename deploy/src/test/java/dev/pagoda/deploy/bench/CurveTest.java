package dev.pagoda.deploy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class CurveTest {
    @Test
    void speedFallsAsAPowerBetweenTwoPoints() {
        Curve curve = curve(0.90, 10_000, 0.98, 100);
        assertEquals(1_000, curve.qpsAt(0.94).getAsDouble(), 1e-6);
        assertEquals(10_000, curve.qpsAt(0.90).getAsDouble(), 1e-6);
        assertEquals(100, curve.qpsAt(0.98).getAsDouble(), 1e-6);
    }

    @Test
    void whatIsBetterThanAskedForCountsWithItsOwnSpeed() {
        assertEquals(10_000, curve(0.97, 10_000, 0.98, 100).qpsAt(0.90).getAsDouble());
    }

    @Test
    void whatIsNeverReachedHasNoSpeed() {
        assertEquals(OptionalDouble.empty(), curve(0.90, 10_000, 0.98, 100).qpsAt(0.981));
        assertEquals(OptionalDouble.empty(), new Curve(List.of()).qpsAt(0.5));
    }

    @Test
    void leavesOutPointsThatAnotherBeatsInBoth() {
        Curve curve = curve(0.90, 5_000, 0.92, 900, 0.94, 1_000, 0.94, 800);
        assertEquals(
                List.of(5_000.0, 1_000.0),
                curve.frontier().stream().map(Curve.Point::qps).toList());
        assertTrue(curve.qpsAt(0.92).getAsDouble() > 2_000);
    }

    @Test
    void refusesARecallAboveOneAndNoSpeed() {
        assertThrows(IllegalArgumentException.class, () -> new Curve.Point(10, 1.01, 5));
        assertThrows(IllegalArgumentException.class, () -> new Curve.Point(10, 0.5, 0));
    }

    static Curve curve(double... recallsAndSpeeds) {
        List<Curve.Point> points = new ArrayList<>();
        for (int i = 0; i < recallsAndSpeeds.length; i += 2) {
            points.add(new Curve.Point(10 + i, recallsAndSpeeds[i], recallsAndSpeeds[i + 1]));
        }
        return new Curve(points);
    }
}
