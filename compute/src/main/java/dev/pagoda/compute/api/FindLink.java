package dev.pagoda.compute.api;

import java.util.Objects;

/// Asks how the devices of one placement reach those of another.
public record FindLink(String from, String to) {
    public FindLink {
        Objects.requireNonNull(from, "from");
        Objects.requireNonNull(to, "to");
    }
}
