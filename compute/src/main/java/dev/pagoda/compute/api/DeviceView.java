package dev.pagoda.compute.api;

import org.jspecify.annotations.Nullable;

/// One device at one moment.
///
/// @param usedBytes   memory promised to its owner, 0 when it is free
/// @param placementId the placement it belongs to, absent when it is free
/// @param owner       who uses it, absent when it is free and for those who may not know
/// @param mode        how it is divided, for example `mig`; `whole` when it is not
public record DeviceView(
        int index,
        long memoryBytes,
        long usedBytes,
        @Nullable String placementId,
        @Nullable String owner,
        String mode) {
    /// The same without its owner and the name of what holds it.
    public DeviceView withoutOwner() {
        return new DeviceView(index, memoryBytes, usedBytes, placementId == null ? null : "held", null, mode);
    }

    /// Whether nobody has it; a free device of a node that is down cannot be placed on all the same.
    public boolean isFree() {
        return placementId == null;
    }
}
