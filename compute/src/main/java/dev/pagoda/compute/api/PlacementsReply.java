package dev.pagoda.compute.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Every placement, oldest first.
public record PlacementsReply(List<PlacementView> placements) {
    public PlacementsReply {
        placements = List.copyOf(placements);
    }

    /// One placement.
    ///
    /// @param owner          who holds it, absent for those who may not know
    /// @param bytesPerDevice memory promised on each device
    /// @param placedAtMicros microseconds since 1970
    public record PlacementView(
            String placementId,
            @Nullable String owner,
            String accelerator,
            long bytesPerDevice,
            long placedAtMicros,
            List<DeviceRef> devices) {
        public PlacementView {
            devices = List.copyOf(devices);
        }
    }
}
