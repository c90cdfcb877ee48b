package dev.pagoda.compute.api;

import java.util.Objects;

/// How the devices of one placement reach those of another: each of the smaller one sends to one of the other.
///
/// @param level          what they share, nearest first: `same_device`, `link_domain`, `pcie_switch`, `numa_node`,
///     `node`, `rack`, `zone`, `region` or `world`; of pairs that differ the narrowest
/// @param bytesPerSecond one way, of all pairs together, each as narrow as the narrowest
/// @param latencySeconds of a small message, an estimate
public record LinkBetween(String level, double bytesPerSecond, double latencySeconds) {
    public LinkBetween {
        Objects.requireNonNull(level, "level");
        if (!(bytesPerSecond > 0) || !(latencySeconds >= 0)) {
            throw new IllegalArgumentException("a link of " + bytesPerSecond + " B/s and " + latencySeconds
                    + " s: the first must be above 0, the second not below");
        }
    }
}
