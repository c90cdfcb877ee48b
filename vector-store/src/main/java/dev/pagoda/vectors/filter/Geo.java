package dev.pagoda.vectors.filter;

import dev.pagoda.vectors.api.GeoArea;
import dev.pagoda.vectors.api.GeoPoint;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Places in payloads and areas on the earth, taken as a sphere.
public final class Geo {
    /// Mean radius of the earth in metres: IUGG, https://en.wikipedia.org/wiki/Earth_radius
    private static final double EARTH_RADIUS_METERS = 6_371_008.8;

    /// More than what a [GeoIndex] rounds by.
    private static final double NEAR_DEGREES = 1e-6;

    private static final double NEAR_METERS = 0.2;

    private Geo() {}

    /// The place that a payload value tells, empty if it is none.
    public static Optional<GeoPoint> point(@Nullable Object value) {
        if (value instanceof Map<?, ?> map
                && map.get("lon") instanceof Number lon
                && map.get("lat") instanceof Number lat
                && Math.abs(lon.doubleValue()) <= 180
                && Math.abs(lat.doubleValue()) <= 90) {
            return Optional.of(new GeoPoint(lon.doubleValue(), lat.doubleValue()));
        }
        return Optional.empty();
    }

    /// Metres between two places along the surface.
    public static double distance(GeoPoint a, GeoPoint b) {
        double byLat = Math.sin(Math.toRadians(b.lat() - a.lat()) / 2);
        double byLon = Math.sin(Math.toRadians(b.lon() - a.lon()) / 2);
        double square =
                byLat * byLat + Math.cos(Math.toRadians(a.lat())) * Math.cos(Math.toRadians(b.lat())) * byLon * byLon;
        return 2 * EARTH_RADIUS_METERS * Math.asin(Math.sqrt(Math.min(1, square)));
    }

    public static boolean holds(GeoArea area, GeoPoint place) {
        return switch (area) {
            case GeoArea.Circle(GeoPoint center, double radius) -> distance(center, place) <= radius;
            case GeoArea.Box(GeoPoint topLeft, GeoPoint bottomRight) ->
                place.lat() < topLeft.lat()
                        && place.lat() > bottomRight.lat()
                        && (topLeft.lon() > bottomRight.lon()
                                ? place.lon() > topLeft.lon() || place.lon() < bottomRight.lon()
                                : place.lon() > topLeft.lon() && place.lon() < bottomRight.lon());
            case GeoArea.Polygon(List<GeoPoint> exterior, List<List<GeoPoint>> interiors) ->
                !isOnRing(exterior, place)
                        && isInRing(exterior, place)
                        && interiors.stream().noneMatch(hole -> isOnRing(hole, place) || isInRing(hole, place));
        };
    }

    /// Whether a place is so near to the edge of an area that a few centimetres decide.
    static boolean isNearEdge(GeoArea area, GeoPoint place) {
        return switch (area) {
            case GeoArea.Circle(GeoPoint center, double radius) ->
                Math.abs(distance(center, place) - radius) < NEAR_METERS;
            case GeoArea.Box(GeoPoint topLeft, GeoPoint bottomRight) ->
                isNear(place.lat(), topLeft.lat())
                        || isNear(place.lat(), bottomRight.lat())
                        || isNear(place.lon(), topLeft.lon())
                        || isNear(place.lon(), bottomRight.lon());
            case GeoArea.Polygon(List<GeoPoint> exterior, List<List<GeoPoint>> interiors) ->
                isNearRing(exterior, place) || interiors.stream().anyMatch(hole -> isNearRing(hole, place));
        };
    }

    private static boolean isNear(double a, double b) {
        return Math.abs(a - b) < NEAR_DEGREES;
    }

    private static boolean isNearRing(List<GeoPoint> ring, GeoPoint place) {
        for (int i = 1; i < ring.size(); i++) {
            double fromLon = ring.get(i - 1).lon();
            double fromLat = ring.get(i - 1).lat();
            double alongLon = ring.get(i).lon() - fromLon;
            double alongLat = ring.get(i).lat() - fromLat;
            double square = alongLon * alongLon + alongLat * alongLat;
            double share = ((place.lon() - fromLon) * alongLon + (place.lat() - fromLat) * alongLat) / square;
            double at = square == 0 ? 0 : Math.clamp(share, 0.0, 1.0);
            if (Math.hypot(place.lon() - fromLon - at * alongLon, place.lat() - fromLat - at * alongLat)
                    < NEAR_DEGREES) {
                return true;
            }
        }
        return false;
    }

    /// A box around an area, its edges inside; where its west is east of its east it crosses the
    /// antimeridian.
    record Bounds(double west, double east, double south, double north) {}

    static Bounds bounds(GeoArea area) {
        return switch (area) {
            case GeoArea.Box(GeoPoint topLeft, GeoPoint bottomRight) ->
                new Bounds(topLeft.lon(), bottomRight.lon(), bottomRight.lat(), topLeft.lat());
            case GeoArea.Polygon(List<GeoPoint> ring, var _) ->
                new Bounds(
                        ring.stream().mapToDouble(GeoPoint::lon).min().orElse(-180),
                        ring.stream().mapToDouble(GeoPoint::lon).max().orElse(180),
                        ring.stream().mapToDouble(GeoPoint::lat).min().orElse(-90),
                        ring.stream().mapToDouble(GeoPoint::lat).max().orElse(90));
            case GeoArea.Circle(GeoPoint center, double radius) -> around(center, radius);
        };
    }

    private static Bounds around(GeoPoint center, double radius) {
        // a little more, so that no rounding leaves out what lies on the edge
        double angle = radius / EARTH_RADIUS_METERS * (1 + 1e-9) + 1e-9;
        double south = center.lat() - Math.toDegrees(angle);
        double north = center.lat() + Math.toDegrees(angle);
        if (south <= -90 || north >= 90) {
            return new Bounds(-180, 180, Math.max(-90, south), Math.min(90, north));
        }
        double ratio = Math.sin(angle) / Math.cos(Math.toRadians(center.lat()));
        double half = ratio >= 1 ? 180 : Math.toDegrees(Math.asin(ratio));
        if (half >= 180) {
            return new Bounds(-180, 180, south, north);
        }
        return new Bounds(wrapped(center.lon() - half), wrapped(center.lon() + half), south, north);
    }

    private static double wrapped(double lon) {
        if (lon < -180) {
            return lon + 360;
        }
        return lon > 180 ? lon - 360 : lon;
    }

    /// Whether a ray to the east crosses the ring an odd number of times.
    private static boolean isInRing(List<GeoPoint> ring, GeoPoint place) {
        boolean inside = false;
        for (int i = 1; i < ring.size(); i++) {
            GeoPoint a = ring.get(i - 1);
            GeoPoint b = ring.get(i);
            if (a.lat() > place.lat() != b.lat() > place.lat()
                    && place.lon() < (b.lon() - a.lon()) * (place.lat() - a.lat()) / (b.lat() - a.lat()) + a.lon()) {
                inside = !inside;
            }
        }
        return inside;
    }

    private static boolean isOnRing(List<GeoPoint> ring, GeoPoint place) {
        for (int i = 1; i < ring.size(); i++) {
            GeoPoint a = ring.get(i - 1);
            GeoPoint b = ring.get(i);
            double turn = (b.lon() - a.lon()) * (place.lat() - a.lat()) - (b.lat() - a.lat()) * (place.lon() - a.lon());
            if (turn == 0
                    && place.lon() >= Math.min(a.lon(), b.lon())
                    && place.lon() <= Math.max(a.lon(), b.lon())
                    && place.lat() >= Math.min(a.lat(), b.lat())
                    && place.lat() <= Math.max(a.lat(), b.lat())) {
                return true;
            }
        }
        return false;
    }
}
