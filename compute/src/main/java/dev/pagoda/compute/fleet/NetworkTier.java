package dev.pagoda.compute.fleet;

/// What joins nodes: the rate of one port and how long a small message takes from a device to one of another
/// node in the same rack.
///
/// Rates are those of the standards. Latencies are typical ones of each sort and estimates: a few microseconds
/// where ports read device memory themselves, tens through the sockets of an operating system.
public enum NetworkTier {
    INFINIBAND_HDR(200, 4, 1),
    INFINIBAND_NDR(400, 4, 1),
    INFINIBAND_XDR(800, 4, 1),
    ROCE_100(100, 6, 1),
    ROCE_200(200, 6, 1),
    ROCE_400(400, 6, 1),
    ROCE_800(800, 6, 1),
    ETHERNET_10(10, 40, 3),
    ETHERNET_25(25, 35, 3),
    ETHERNET_100(100, 30, 3),
    ETHERNET_200(200, 30, 3);

    private final double gigabits;
    private final double latencyMicros;
    private final double oversubscription;

    NetworkTier(double gigabits, double latencyMicros, double oversubscription) {
        this.gigabits = gigabits;
        this.latencyMicros = latencyMicros;
        this.oversubscription = oversubscription;
    }

    /// Of one port, one way.
    public double bytesPerSecond() {
        return gigabits * 1e9 / 8;
    }

    /// From device to device within a rack, in seconds.
    public double latencySeconds() {
        return latencyMicros / 1e6;
    }

    /// How many times more the ports of a rack carry than its way out.
    public double oversubscription() {
        return oversubscription;
    }

    /// Whether a device sends without the operating system between, so that each may have a port of its own.
    public boolean hasRdma() {
        return this != ETHERNET_10 && this != ETHERNET_25 && this != ETHERNET_100 && this != ETHERNET_200;
    }
}
