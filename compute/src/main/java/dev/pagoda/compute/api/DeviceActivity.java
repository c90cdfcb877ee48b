package dev.pagoda.compute.api;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/// The news of how busy engines kept their devices since it was last told.
///
/// @param busy by placement the part of the time, 0 to 1
public record DeviceActivity(Map<String, Double> busy) {
    public DeviceActivity {
        busy = Collections.unmodifiableMap(new TreeMap<>(busy));
        busy.forEach((placement, share) -> {
            if (!(share >= 0 && share <= 1)) {
                throw new IllegalArgumentException(
                        "placement " + placement + " was busy for " + share + " of the time, outside 0 to 1");
            }
        });
    }
}
