package dev.pagoda.vectors.api;

/// A place on earth in degrees.
///
/// @param lon -180 to 180
/// @param lat -90 to 90
public record GeoPoint(double lon, double lat) {
    public GeoPoint {
        if (!(lon >= -180 && lon <= 180)) {
            throw new IllegalArgumentException("lon " + lon + " is not from -180 to 180");
        }
        if (!(lat >= -90 && lat <= 90)) {
            throw new IllegalArgumentException("lat " + lat + " is not from -90 to 90");
        }
    }
}
