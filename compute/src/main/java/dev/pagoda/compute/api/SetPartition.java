package dev.pagoda.compute.api;

import java.util.Objects;

/// Asks a device to be divided otherwise; for administrators only. One that is in use drains first.
///
/// @param mode for example `mig`, `cpx_nps4`, `vnpu`, `time-slicing-4`, or `whole` for undivided
public record SetPartition(String node, int device, String mode) {
    public SetPartition {
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(mode, "mode");
    }
}
