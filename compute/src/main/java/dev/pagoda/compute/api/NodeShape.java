package dev.pagoda.compute.api;

import java.util.Objects;

/// A machine that could be bought, and where it would stand.
///
/// @param accelerator id of its devices, empty when it has none
/// @param devices     all in one link domain
/// @param rack        empty for no particular one
/// @param zone        empty for no particular one
public record NodeShape(
        String accelerator, int devices, long deviceBytes, long cpuMilli, long memoryMib, String rack, String zone) {
    public NodeShape {
        Objects.requireNonNull(accelerator, "accelerator");
        Objects.requireNonNull(rack, "rack");
        Objects.requireNonNull(zone, "zone");
        if (devices < 0 || devices > TaskSpec.MAX_DEVICES || deviceBytes < 0 || cpuMilli < 0 || memoryMib < 0) {
            throw new IllegalArgumentException("a node of " + devices + " devices of " + deviceBytes + " bytes, "
                    + cpuMilli + " cpu milli and " + memoryMib + " MiB; expected 0 to " + TaskSpec.MAX_DEVICES
                    + " devices and nothing negative");
        }
        if (devices > 0 && accelerator.isBlank()) {
            throw new IllegalArgumentException("a node has " + devices + " devices of no kind");
        }
    }
}
