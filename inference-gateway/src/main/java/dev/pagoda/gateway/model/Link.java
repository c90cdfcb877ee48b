package dev.pagoda.gateway.model;

import org.jspecify.annotations.Nullable;

/// What joins the devices of one engine, or two engines: the time to add up, or to exchange, what each of them has.
public sealed interface Link {
    /// @param bytes that each device has, and gets the sum of
    double allReduceMicros(double bytes, int devices);

    /// @param bytes that all devices have together, and each of them gets
    double allGatherMicros(double bytes, int devices);

    /// @param bytes that each device has, of which each gets the sum of its own part
    double reduceScatterMicros(double bytes, int devices);

    /// @param bytes that one device sends to another
    double sendMicros(double bytes);

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
            return devices == 1 ? 0 : latencyMicros + 2 * share(devices) * bytes / bytesPerSecond * 1e6;
        }

        @Override
        public double allGatherMicros(double bytes, int devices) {
            return devices == 1 ? 0 : latencyMicros + share(devices) * bytes / bytesPerSecond * 1e6;
        }

        @Override
        public double reduceScatterMicros(double bytes, int devices) {
            return allGatherMicros(bytes, devices);
        }

        @Override
        public double sendMicros(double bytes) {
            return latencyMicros + bytes / bytesPerSecond * 1e6;
        }
    }

    /// As fitted on a kind of device.
    record Fitted(Device device) implements Link {
        @Override
        public double allReduceMicros(double bytes, int devices) {
            return exchange().micros(bytes, devices);
        }

        @Override
        public double allGatherMicros(double bytes, int devices) {
            return exchange().halfMicros(bytes, devices);
        }

        @Override
        public double reduceScatterMicros(double bytes, int devices) {
            return exchange().halfMicros(bytes, devices);
        }

        @Override
        public double sendMicros(double bytes) {
            return exchange().pairMicros() + bytes / exchange().pairBytesPerSecond() * 1e6;
        }

        private Coefficients.AllReduce exchange() {
            return Coefficients.of(device).allReduce();
        }
    }

    /// As measured between so many devices by the size of what is exchanged. Between other numbers of devices the bytes
    /// are those that a ring of them sends over each link.
    ///
    /// @param devices       between which it was measured, at least 2
    /// @param allReduce     by the bytes of each device
    /// @param allGather     by the bytes that each device has before; null where only sums were measured
    /// @param reduceScatter by the bytes that each device has afterwards; null likewise
    record Measured(
            int devices,
            Curve allReduce,
            @Nullable Curve allGather,
            @Nullable Curve reduceScatter) implements Link {
        public Measured {
            if (devices < 2) {
                throw new IllegalArgumentException("a link between " + devices + " devices, expected at least 2");
            }
        }

        @Override
        public double allReduceMicros(double bytes, int devices) {
            return devices == 1 ? 0 : allReduce.micros(bytes * share(devices) / share(this.devices));
        }

        @Override
        public double allGatherMicros(double bytes, int devices) {
            return half(allGather, bytes, devices);
        }

        @Override
        public double reduceScatterMicros(double bytes, int devices) {
            return half(reduceScatter, bytes, devices);
        }

        private double half(@Nullable Curve curve, double bytes, int devices) {
            if (devices == 1) {
                return 0;
            }
            double sent = bytes * share(devices) / share(this.devices);
            return curve == null ? allReduce.micros(sent / 2) : curve.micros(sent / this.devices);
        }

        @Override
        public double sendMicros(double bytes) {
            return half(allGather, 2 * bytes, 2);
        }
    }

    /// The part of the bytes that each device of a ring sends on.
    private static double share(int devices) {
        return (devices - 1.0) / devices;
    }
}
