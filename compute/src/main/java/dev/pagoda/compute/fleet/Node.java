package dev.pagoda.compute.fleet;

import dev.pagoda.compute.api.AcceleratorSpec;
import java.util.Objects;

/// One machine with slots for devices of one kind; its devices are one link domain.
///
/// @param devices         how many slots, 1 to [#MAX_DEVICES]
/// @param hostMemoryBytes memory of the host itself
public record Node(String id, AcceleratorSpec accelerator, int devices, long hostMemoryBytes) {
    /// No maker joins more devices in one host today; Ascend's and NVIDIA's largest boxes hold 16.
    public static final int MAX_DEVICES = 1_024;

    public Node {
        if (id.isBlank()) {
            throw new IllegalArgumentException("a node's id is blank");
        }
        Objects.requireNonNull(accelerator, "accelerator");
        if (devices < 1 || devices > MAX_DEVICES) {
            throw new IllegalArgumentException(
                    "node " + id + " has " + devices + " devices, outside 1 to " + MAX_DEVICES);
        }
        if (hostMemoryBytes < 1) {
            throw new IllegalArgumentException("node " + id + " has " + hostMemoryBytes + " bytes of host memory");
        }
    }
}
