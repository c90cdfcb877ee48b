package dev.pagoda.vectors.api;

import java.util.List;

/// A part of the earth's surface.
public sealed interface GeoArea {

    /// What is no farther away than a distance along the surface.
    record Circle(GeoPoint center, double radiusMeters) implements GeoArea {
        public Circle {
            if (!(radiusMeters >= 0)) {
                throw new IllegalArgumentException("radius " + radiusMeters + " is below 0");
            }
        }
    }

    /// What lies between two latitudes and east of one longitude up to another; its edges are outside.
    ///
    /// @param topLeft where its longitude is the greater one, the box crosses the antimeridian
    record Box(GeoPoint topLeft, GeoPoint bottomRight) implements GeoArea {}

    /// What lies in a ring and in none of its holes; edges are outside.
    ///
    /// @param exterior  a closed ring of at least 4 points, the first of which is the last
    /// @param interiors such rings, the holes
    record Polygon(List<GeoPoint> exterior, List<List<GeoPoint>> interiors) implements GeoArea {
        public Polygon {
            exterior = ring("exterior", exterior);
            interiors = interiors.stream().map(hole -> ring("interior", hole)).toList();
        }

        private static List<GeoPoint> ring(String name, List<GeoPoint> points) {
            if (points.size() < 4) {
                throw new IllegalArgumentException(
                        name + " ring has " + points.size() + " points, at least 4 are needed");
            }
            if (!points.getFirst().equals(points.getLast())) {
                throw new IllegalArgumentException(name + " ring is not closed: its first and last point differ");
            }
            return List.copyOf(points);
        }
    }
}
