package dev.pagoda.compute.fleet;

import dev.pagoda.compute.api.Provenance.Confidence;
import java.util.Objects;

/// Where nodes stand, as far as their electricity goes.
///
/// @param gramsPerKwh carbon intensity of the grid, yearly average in grams of CO2 equivalent
public record Region(String id, String location, double gramsPerKwh, Confidence confidence) {
    public Region {
        if (id.isBlank()) {
            throw new IllegalArgumentException("a region's id is blank");
        }
        Objects.requireNonNull(location, "location");
        Objects.requireNonNull(confidence, "confidence");
        if (!(gramsPerKwh >= 0 && gramsPerKwh <= 10_000)) {
            throw new IllegalArgumentException(
                    "carbon intensity of " + gramsPerKwh + " g/kWh of " + id + " is outside 0 to 10000");
        }
    }
}
