package dev.pagoda.compute.api;

import java.util.Objects;

/// The memory of one device.
///
/// @param type           as the maker names it, for example `HBM3`
/// @param bytes          what a process can see of it
/// @param bytesPerSecond peak bandwidth
public record DeviceMemory(String type, long bytes, double bytesPerSecond) {
    public DeviceMemory {
        Objects.requireNonNull(type, "type");
        if (bytes < 1) {
            throw new IllegalArgumentException("memory of " + bytes + " bytes is below 1");
        }
        if (!(bytesPerSecond > 0)) {
            throw new IllegalArgumentException("memory bandwidth " + bytesPerSecond + " B/s is not above 0");
        }
    }
}
