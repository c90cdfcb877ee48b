package dev.pagoda.compute.api;

import java.util.Objects;

/// Takes one device down or brings it back; for administrators only.
public record SetDevice(String node, int device, NodeState state) {
    public SetDevice {
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(state, "state");
    }
}
