package dev.pagoda.vectors.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.api.GeoArea;
import dev.pagoda.vectors.api.GeoPoint;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GeoTest {
    private static final double RADIUS = 6_371_008.8;

    private static GeoArea.Box box(double west, double east, double south, double north) {
        return new GeoArea.Box(new GeoPoint(west, north), new GeoPoint(east, south));
    }

    private static List<GeoPoint> ring(double... lonLat) {
        GeoPoint[] points = new GeoPoint[lonLat.length / 2 + 1];
        for (int i = 0; i < points.length - 1; i++) {
            points[i] = new GeoPoint(lonLat[2 * i], lonLat[2 * i + 1]);
        }
        points[points.length - 1] = points[0];
        return List.of(points);
    }

    @Test
    void readsPlacesUpToTheEndsOfTheEarth() {
        assertEquals(Optional.of(new GeoPoint(180, -90)), Geo.point(Map.of("lon", 180, "lat", -90)));
        assertEquals(Optional.of(new GeoPoint(-180, 90)), Geo.point(Map.of("lon", -180.0, "lat", 90L)));
        assertEquals(Optional.empty(), Geo.point(Map.of("lon", 180.1, "lat", 0)));
        assertEquals(Optional.empty(), Geo.point(Map.of("lon", 0, "lat", 90.1)));
        assertEquals(Optional.empty(), Geo.point(Map.of("lon", 0)));
        assertEquals(Optional.empty(), Geo.point("0,0"));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0, 90, 0.5",
        "0, 0, 180, 0, 1",
        "0, 90, 50, -90, 1",
        "-170, 0, 170, 0, 0.1111111111111111",
        "10, 60, 190, 60, 0.3333333333333333",
        "0, 10, 0, 40, 0.16666666666666666"
    })
    void measuresAlongGreatCircles(double fromLon, double fromLat, double toLon, double toLat, double ofHalfTheEarth) {
        GeoPoint to = new GeoPoint(toLon > 180 ? toLon - 360 : toLon, toLat);
        assertEquals(ofHalfTheEarth * Math.PI * RADIUS, Geo.distance(new GeoPoint(fromLon, fromLat), to), 1e-3);
    }

    @Test
    void aCircleHoldsItsEdge() {
        GeoPoint center = new GeoPoint(3, 4);
        assertTrue(Geo.holds(new GeoArea.Circle(center, 0), center));
        GeoPoint place = new GeoPoint(3.5, 4.25);
        double distance = Geo.distance(center, place);
        assertTrue(Geo.holds(new GeoArea.Circle(center, distance), place));
        assertFalse(Geo.holds(new GeoArea.Circle(center, Math.nextDown(distance)), place));
    }

    @ParameterizedTest
    @CsvSource({"2, 2, true", "0, 2, false", "4, 2, false", "2, 0, false", "2, 4, false", "2, 5, false", "5, 2, false"})
    void aBoxDoesNotHoldItsEdges(double lon, double lat, boolean holds) {
        assertEquals(holds, Geo.holds(box(0, 4, 0, 4), new GeoPoint(lon, lat)));
    }

    @ParameterizedTest
    @CsvSource({"175, true", "-175, true", "180, true", "-180, true", "170, false", "-170, false", "0, false"})
    void aBoxMayCrossTheAntimeridian(double lon, boolean holds) {
        assertEquals(holds, Geo.holds(box(170, -170, 0, 4), new GeoPoint(lon, 2)));
    }

    @Test
    void aBoxWithoutWidthHoldsNothing() {
        assertFalse(Geo.holds(box(5, 5, 0, 4), new GeoPoint(7, 2)));
        assertFalse(Geo.holds(box(5, 5, 0, 4), new GeoPoint(5, 2)));
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 7, 3, 2, 9", "-4, 6, 2, -3, 5, 5", "1, 1, 9, 1, 1, 7", "3, 8, 3, 0, 8, 4", "0, 6, 6, 6, 6, 0"})
    void aTriangleHoldsWhatIsOnTheSameSideOfItsThreeEdges(
            double aLon, double aLat, double bLon, double bLat, double cLon, double cLat) {
        GeoArea.Polygon triangle = new GeoArea.Polygon(ring(aLon, aLat, bLon, bLat, cLon, cLat), List.of());
        for (double lon = -6; lon <= 11; lon += 0.5) {
            for (double lat = -6; lat <= 11; lat += 0.5) {
                double ab = turn(aLon, aLat, bLon, bLat, lon, lat);
                double bc = turn(bLon, bLat, cLon, cLat, lon, lat);
                double ca = turn(cLon, cLat, aLon, aLat, lon, lat);
                boolean holds = (ab > 0 && bc > 0 && ca > 0) || (ab < 0 && bc < 0 && ca < 0);
                assertEquals(holds, Geo.holds(triangle, new GeoPoint(lon, lat)), lon + " " + lat);
            }
        }
    }

    private static double turn(double aLon, double aLat, double bLon, double bLat, double lon, double lat) {
        return (bLon - aLon) * (lat - aLat) - (bLat - aLat) * (lon - aLon);
    }

    @Test
    void holesAndTheirEdgesAreOutside() {
        GeoArea.Polygon ringed = new GeoArea.Polygon(
                ring(0, 0, 8, 0, 8, 8, 0, 8), List.of(ring(1, 1, 3, 1, 3, 3, 1, 3), ring(5, 5, 7, 5, 7, 7, 5, 7)));
        for (double lon = -0.5; lon <= 8.5; lon += 0.5) {
            for (double lat = -0.5; lat <= 8.5; lat += 0.5) {
                boolean inside = lon > 0 && lon < 8 && lat > 0 && lat < 8;
                boolean inFirst = lon >= 1 && lon <= 3 && lat >= 1 && lat <= 3;
                boolean inSecond = lon >= 5 && lon <= 7 && lat >= 5 && lat <= 7;
                assertEquals(
                        inside && !inFirst && !inSecond,
                        Geo.holds(ringed, new GeoPoint(lon, lat)),
                        () -> "edges of " + ringed);
            }
        }
    }

    @Test
    void onlyAHandsBreadthFromTheRimOfACircleIsNearItsEdge() {
        GeoPoint center = new GeoPoint(10, 50);
        for (double radius : new double[] {1_000, 400_000}) {
            GeoArea.Circle circle = new GeoArea.Circle(center, radius);
            for (double off : new double[] {-0.15, -0.05, 0.05, 0.15}) {
                assertTrue(Geo.isNearEdge(circle, north(center, radius + off)));
            }
            for (double off : new double[] {-900, -0.3, 0.3, 900}) {
                assertFalse(Geo.isNearEdge(circle, north(center, radius + off)));
            }
        }
    }

    private static GeoPoint north(GeoPoint from, double meters) {
        return new GeoPoint(from.lon(), from.lat() + Math.toDegrees(meters / RADIUS));
    }

    @Test
    void nearTheEdgeOfABoxIsNearAnyOfItsFourLines() {
        GeoArea.Box box = box(10, 20, 30, 40);
        for (double off : new double[] {-5e-7, 0, 5e-7}) {
            assertTrue(Geo.isNearEdge(box, new GeoPoint(10 + off, 35)));
            assertTrue(Geo.isNearEdge(box, new GeoPoint(20 + off, 35)));
            assertTrue(Geo.isNearEdge(box, new GeoPoint(15, 30 + off)));
            assertTrue(Geo.isNearEdge(box, new GeoPoint(15, 40 + off)));
        }
        for (double off : new double[] {-2e-6, 2e-6}) {
            assertFalse(Geo.isNearEdge(box, new GeoPoint(10 + off, 35)));
            assertFalse(Geo.isNearEdge(box, new GeoPoint(20 + off, 35)));
            assertFalse(Geo.isNearEdge(box, new GeoPoint(15, 30 + off)));
            assertFalse(Geo.isNearEdge(box, new GeoPoint(15, 40 + off)));
        }
    }

    @Test
    void nearTheEdgeOfAPolygonIsNearALineOfItsRings() {
        GeoArea.Polygon polygon = new GeoArea.Polygon(
                ring(0, 0, 8, 0, 8, 0, 8, 6, 0, 6), List.of(ring(2, 1, 6, 1, 6, 4), ring(1, 4.5, 2, 4.5, 2, 5)));
        for (double share = 0; share <= 1; share += 0.125) {
            for (double off : new double[] {-7e-7, 0, 7e-7}) {
                assertTrue(Geo.isNearEdge(polygon, new GeoPoint(8 * share, off)));
                assertTrue(Geo.isNearEdge(polygon, new GeoPoint(8 + off, 6 * share)));
                assertTrue(Geo.isNearEdge(polygon, new GeoPoint(8 * share, 6 + off)));
                assertTrue(Geo.isNearEdge(polygon, new GeoPoint(off, 6 * share)));
                assertTrue(Geo.isNearEdge(polygon, new GeoPoint(2 + 4 * share, 1 + 3 * share + off)));
                assertTrue(Geo.isNearEdge(polygon, new GeoPoint(2 + off, 4.5 + 0.5 * share)));
            }
            for (double off : new double[] {-3e-6, 3e-6}) {
                double along = 0.01 + 0.98 * share;
                assertFalse(Geo.isNearEdge(polygon, new GeoPoint(8 * along, off)));
                assertFalse(Geo.isNearEdge(polygon, new GeoPoint(8 + off, 6 * along)));
                assertFalse(Geo.isNearEdge(polygon, new GeoPoint(8 * along, 6 + off)));
                assertFalse(Geo.isNearEdge(polygon, new GeoPoint(off, 6 * along)));
                assertFalse(Geo.isNearEdge(polygon, new GeoPoint(2 + 4 * along, 1 + 3 * along + off)));
            }
        }
        // in line with an edge, beyond its ends
        assertFalse(Geo.isNearEdge(polygon, new GeoPoint(8.001, 0)));
        assertFalse(Geo.isNearEdge(polygon, new GeoPoint(-0.001, 0)));
        assertFalse(Geo.isNearEdge(polygon, new GeoPoint(7, 4.75)));
        assertFalse(Geo.isNearEdge(polygon, new GeoPoint(5, 0.2)));
    }

    @Test
    void theBoxOfABoxOrAPolygonIsItsOwn() {
        assertEquals(new Geo.Bounds(170, -170, 1, 2), Geo.bounds(box(170, -170, 1, 2)));
        assertEquals(
                new Geo.Bounds(-3, 9, -4, 7),
                Geo.bounds(new GeoArea.Polygon(ring(0, -4, 9, 1, 2, 7, -3, 2), List.of())));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 1000000",
        "10, 50, 250000",
        "179.5, -60, 300000",
        "-179.5, 20, 300000",
        "-100, 80, 1000000",
        "30, -70, 2000000"
    })
    void theBoxOfACircleTouchesItOnAllSides(double lon, double lat, double radius) {
        Geo.Bounds box = Geo.bounds(new GeoArea.Circle(new GeoPoint(lon, lat), radius));
        double angle = radius / RADIUS;
        double west = 0;
        double east = 0;
        double south = lat;
        double north = lat;
        for (int i = 0; i < 36_000; i++) {
            double bearing = Math.toRadians(i / 100.0);
            double at = Math.toRadians(lat);
            double rimLat =
                    Math.asin(Math.sin(at) * Math.cos(angle) + Math.cos(at) * Math.sin(angle) * Math.cos(bearing));
            double offLon = Math.atan2(
                    Math.sin(bearing) * Math.sin(angle) * Math.cos(at),
                    Math.cos(angle) - Math.sin(at) * Math.sin(rimLat));
            west = Math.min(west, Math.toDegrees(offLon));
            east = Math.max(east, Math.toDegrees(offLon));
            south = Math.min(south, Math.toDegrees(rimLat));
            north = Math.max(north, Math.toDegrees(rimLat));
        }
        assertEquals(wrapped(lon + west), box.west(), 1e-3);
        assertEquals(wrapped(lon + east), box.east(), 1e-3);
        assertEquals(south, box.south(), 1e-5);
        assertEquals(north, box.north(), 1e-5);
        assertTrue(box.south() < south && box.north() > north);
    }

    private static double wrapped(double lon) {
        return lon - 360 * Math.rint(lon / 360);
    }

    @ParameterizedTest
    @CsvSource({"0, 89, 200000, 87.2, 90", "0, -89, 200000, -90, -87.2", "50, 0, 15000000, -90, 90"})
    void aCircleThatHoldsAPoleGoesAllTheWayRound(double lon, double lat, double radius, double south, double north) {
        Geo.Bounds box = Geo.bounds(new GeoArea.Circle(new GeoPoint(lon, lat), radius));
        assertEquals(-180, box.west());
        assertEquals(180, box.east());
        assertEquals(south, box.south(), 0.01);
        assertEquals(north, box.north(), 0.01);
    }

    @Test
    void theBoxOfACircleIsALittleWiderThanTheCircle() {
        Geo.Bounds box = Geo.bounds(new GeoArea.Circle(new GeoPoint(5, 5), 0));
        assertTrue(box.west() < 5 && box.west() > 4.999_999);
        assertTrue(box.east() > 5 && box.east() < 5.000_001);
        assertTrue(box.south() < 5 && box.south() > 4.999_999);
        assertTrue(box.north() > 5 && box.north() < 5.000_001);
    }
}
