package dev.pagoda.gateway.model;

/// What joins the devices of one engine: the time to add up, or to exchange, what each of them has.
public sealed interface Link {
    double allReduceMicros(double bytes, int devices);

    /// A ring.
    ///
    /// @param latencyMicros     of one exchange
    /// @param bytesPerSecond what each device sends in one direction
    record Ring(double latencyMicros, double bytesPerSecond) implements Link {
        public Ring {
            if (!(latencyMicros >= 0) || !(bytesPerSecond > 0)) {
                throw new IllegalArgumentException("a link of " + latencyMicros + " us and " + bytesPerSecond
                        + " B/s: the first must not be below 0, the second above it");
            }
        }

        @Override
        public double allReduceMicros(double bytes, int devices) {
            return devices == 1 ? 0 : latencyMicros + 2.0 * (devices - 1) / devices * bytes / bytesPerSecond * 1e6;
        }
    }

    /// As fitted on a kind of device.
    record Fitted(Device device) implements Link {
        @Override
        public double allReduceMicros(double bytes, int devices) {
            return Coefficients.of(device).allReduce().micros(bytes, devices);
        }
    }
}
