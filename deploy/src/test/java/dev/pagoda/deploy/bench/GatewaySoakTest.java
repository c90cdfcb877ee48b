package dev.pagoda.deploy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pagoda.deploy.bench.GatewaySoak.Point;
import java.util.List;
import org.junit.jupiter.api.Test;

class GatewaySoakTest {
    @Test
    void theSlopeIsThatOfTheLineThroughThePoints() {
        assertEquals(0.5, GatewaySoak.slope(List.of(new Point(0, 10), new Point(2, 11), new Point(4, 12))), 1e-9);
        assertEquals(0, GatewaySoak.slope(List.of(new Point(1, 7), new Point(2, 9), new Point(3, 7))), 1e-9);
        assertEquals(-2, GatewaySoak.slope(List.of(new Point(5, 20), new Point(6, 18))), 1e-9);
    }
}
