package dev.pagoda.compute.api;

import java.util.Objects;

/// A request to give the devices of a placement back.
public record ReleaseGang(String placementId) {
    public ReleaseGang {
        Objects.requireNonNull(placementId, "placementId");
    }
}
