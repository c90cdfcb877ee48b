package dev.pagoda.compute.fleet;

import dev.pagoda.compute.api.AcceleratorSpec;
import java.util.Objects;

/// What a node is joined to and what it costs.
///
/// @param nics             ports of the network
/// @param cacheBytes       disks that keep what was used last
/// @param usdPerDeviceHour price of one device for an hour, with its part of the host
public record NodeService(
        NetworkTier network,
        int nics,
        StorageTier storage,
        long cacheBytes,
        IsolationMode isolation,
        double usdPerDeviceHour) {
    /// A device without a published price costs what its 16-bit rate would cost at the price of an H100, which
    /// is 2.95 USD an hour for 989 Tflop/s (the catalogue's row).
    private static final double USD_PER_FLOPS_HOUR = 2.95 / 989e12;

    private static final double MAX_USD = 10_000;

    public NodeService {
        Objects.requireNonNull(network, "network");
        Objects.requireNonNull(storage, "storage");
        Objects.requireNonNull(isolation, "isolation");
        if (nics < 1 || nics > Node.MAX_DEVICES) {
            throw new IllegalArgumentException(nics + " network ports are outside 1 to " + Node.MAX_DEVICES);
        }
        if (cacheBytes < 0) {
            throw new IllegalArgumentException("a cache of " + cacheBytes + " bytes is below 0");
        }
        if (!(usdPerDeviceHour >= 0 && usdPerDeviceHour <= MAX_USD)) {
            throw new IllegalArgumentException(
                    "price of " + usdPerDeviceHour + " USD an hour is outside 0 to " + MAX_USD);
        }
    }

    /// Nothing out of the ordinary.
    static NodeService usual(AcceleratorSpec spec, int devices) {
        Site.Placed site = Site.USUAL.filled(devices);
        return new NodeService(
                site.network(), site.nicsPerNode(), site.storage(), site.cacheBytes(), site.isolation(), price(spec));
    }

    /// The catalogue's price of a device, or an estimate by its rate.
    static double price(AcceleratorSpec spec) {
        Double published = spec.usdPerHour();
        return published != null ? published : spec.peaks().sixteenBit() * USD_PER_FLOPS_HOUR;
    }

    /// What the network carries for the node, in bytes a second and one way.
    public double networkBytesPerSecond() {
        return nics * network.bytesPerSecond();
    }
}
