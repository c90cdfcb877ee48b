package dev.pagoda.registry;

import dev.pagoda.governance.telemetry.Telemetry;
import dev.pagoda.registry.api.RegistryStatus;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.ToIntFunction;

/// The meters of the registry: `pagoda_registry_*`.
final class RegistryMeters {
    /// Written by the owner of the catalogue, read by any.
    private volatile RegistryStatus now = new RegistryStatus(0, 0, 0);

    RegistryMeters(Telemetry telemetry) {
        gauge(telemetry.meters(), "pagoda.registry.models", "Registered models", RegistryStatus::models);
        gauge(telemetry.meters(), "pagoda.registry.versions", "Versions of all models", RegistryStatus::versions);
        gauge(telemetry.meters(), "pagoda.registry.served", "Versions marked for serving", RegistryStatus::served);
    }

    void changed(RegistryStatus status) {
        now = status;
    }

    private void gauge(MeterRegistry meters, String name, String description, ToIntFunction<RegistryStatus> value) {
        Gauge.builder(name, this, self -> value.applyAsInt(self.now))
                .description(description)
                .register(meters);
    }
}
