package dev.pagoda.compute.api;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/// The work of a job that ends by itself.
///
/// @param steps              how many, above 0
/// @param deviceSecondsPerStep what one step takes on one reference device alone, above 0
/// @param bytesPerStep       gradients that a training job sums over all its devices in each step
/// @param speeds             throughput of one device relative to the reference device by accelerator; kinds
///     that are missing run at the ratio of their 16-bit peaks
public record WorkSpec(double steps, double deviceSecondsPerStep, double bytesPerStep, Map<String, Double> speeds) {
    static final double MAX = 1e18;
    static final int MAX_SPEEDS = 256;

    public WorkSpec {
        positive("steps", steps);
        positive("device seconds per step", deviceSecondsPerStep);
        if (!(bytesPerStep >= 0 && bytesPerStep <= MAX)) {
            throw new IllegalArgumentException(bytesPerStep + " bytes per step are outside 0 to " + MAX);
        }
        speeds = Collections.unmodifiableMap(new TreeMap<>(speeds));
        if (speeds.size() > MAX_SPEEDS) {
            throw new IllegalArgumentException(speeds.size() + " speeds are above 256");
        }
        speeds.forEach((accelerator, speed) -> positive("speed on " + accelerator, speed));
    }

    /// Work that takes that long on a number of reference devices which need not talk to each other.
    public static WorkSpec seconds(double seconds, int devices) {
        return new WorkSpec(seconds, Math.max(1, devices), 0, Map.of());
    }

    private static void positive(String what, double value) {
        if (!(value > 0 && value <= MAX)) {
            throw new IllegalArgumentException(what + " is " + value + ", outside 0 (exclusive) to " + MAX);
        }
    }
}
