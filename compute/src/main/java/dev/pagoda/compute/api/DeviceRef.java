package dev.pagoda.compute.api;

import java.util.Objects;

/// One device: the slot `index` of a node, and the accelerator that sits in it.
public record DeviceRef(String node, int index, String accelerator) {
    public DeviceRef {
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(accelerator, "accelerator");
        if (index < 0) {
            throw new IllegalArgumentException("device index " + index + " is below 0");
        }
    }
}
