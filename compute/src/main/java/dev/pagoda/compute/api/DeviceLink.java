package dev.pagoda.compute.api;

import java.util.Objects;

/// How devices of one kind are joined to each other.
///
/// @param name                 as the maker names it, `none` when they meet over the host only
/// @param bytesPerSecondOneWay the sum over a device's links in one direction, 0 when there are none
/// @param domain               how many devices the links join, 1 when there are none
public record DeviceLink(String name, double bytesPerSecondOneWay, int domain) {
    public DeviceLink {
        Objects.requireNonNull(name, "name");
        if (!(bytesPerSecondOneWay >= 0)) {
            throw new IllegalArgumentException("link bandwidth " + bytesPerSecondOneWay + " B/s is below 0");
        }
        if (domain < 1) {
            throw new IllegalArgumentException("link domain of " + domain + " devices is below 1");
        }
    }
}
