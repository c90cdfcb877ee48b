package dev.pagoda.compute;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;

/// The time that an injected clock shows, as the platform writes time.
final class WallTime {
    private WallTime() {}

    /// Microseconds since 1970.
    static long micros(InstantSource clock) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
    }
}
