package dev.pagoda.compute.api;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The figures of one accelerator model, per device as Kubernetes counts devices.
///
/// @param id                 the catalogue's name for it, for example `h100-sxm`
/// @param tdpWatts           thermal design power
/// @param kubernetesResource the resource name of its device plugin, empty when it has none
/// @param usdPerHour         on-demand price, absent when none is published
public record AcceleratorSpec(
        String id,
        String vendor,
        String model,
        AcceleratorKind kind,
        DeviceMemory memory,
        PeakRates peaks,
        DeviceLink link,
        double tdpWatts,
        String kubernetesResource,
        @Nullable Double usdPerHour,
        Provenance provenance) {
    public AcceleratorSpec {
        if (id.isBlank()) {
            throw new IllegalArgumentException("an accelerator's id is blank");
        }
        Objects.requireNonNull(vendor, "vendor");
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(memory, "memory");
        Objects.requireNonNull(peaks, "peaks");
        Objects.requireNonNull(link, "link");
        Objects.requireNonNull(kubernetesResource, "kubernetesResource");
        Objects.requireNonNull(provenance, "provenance");
        if (!(tdpWatts > 0)) {
            throw new IllegalArgumentException("power of " + tdpWatts + " W of " + id + " is not above 0");
        }
        if (usdPerHour != null && !(usdPerHour >= 0)) {
            throw new IllegalArgumentException("price of " + usdPerHour + " USD/h of " + id + " is below 0");
        }
    }
}
