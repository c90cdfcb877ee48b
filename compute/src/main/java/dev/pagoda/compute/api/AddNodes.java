package dev.pagoda.compute.api;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A request to add nodes that are alike, as a group of the configuration; what is left out has its usual value.
///
/// @param count         how many
/// @param prefix        their names are `prefix-0`, `prefix-1`, ...; no node may have one of them yet
/// @param accelerator   an id of the catalogue
/// @param devices       of each node
/// @param hostMemoryGib of each node
/// @param region        where they stand
/// @param zone          in it
/// @param storage       `object`, `distributed` or `all_flash`
/// @param isolation     `bare_metal`, `container` or `vm`
/// @param partition     the mode that their devices are in at first
/// @param usdPerHour    price of one device
public record AddNodes(
        int count,
        String prefix,
        String accelerator,
        int devices,
        int hostMemoryGib,
        @Nullable String region,
        @Nullable String zone,
        @Nullable String storage,
        @Nullable String isolation,
        @Nullable String partition,
        @Nullable Double usdPerHour) {
    public AddNodes {
        Objects.requireNonNull(prefix, "prefix");
        Objects.requireNonNull(accelerator, "accelerator");
    }
}
