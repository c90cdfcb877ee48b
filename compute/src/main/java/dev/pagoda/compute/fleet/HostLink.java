package dev.pagoda.compute.fleet;

import java.util.Map;

/// What joins a device to its host.
///
/// @param name           as the catalogue has it, for example `PCIe5x16`
/// @param bytesPerSecond one way
public record HostLink(String name, double bytesPerSecond) {
    /// Sixteen lanes of each generation after their line code, one way, in GB/s (PCI-SIG); NVLink-C2C of a
    /// Grace superchip has 450 one way; HyperTransport 3 at 3.2 GHz and 32 bit 25.6.
    private static final Map<String, Double> GIGABYTES =
            Map.of("PCIe3", 15.75, "PCIe4", 31.5, "PCIe5", 63.0, "PCIe6", 121.0, "NVLink-C2C", 450.0, "HT3", 25.6);

    /// Where the catalogue names no generation.
    private static final String OLDEST = "PCIe3";

    public HostLink {
        if (!(bytesPerSecond > 0)) {
            throw new IllegalArgumentException("host link " + name + " carries " + bytesPerSecond + " B/s");
        }
    }

    /// The link of a name; one memory for host and device (`UMA`) carries what that memory does.
    ///
    /// @throws IllegalArgumentException if nothing is known of such a link
    static HostLink named(String name, double memoryBytesPerSecond) {
        if (name.equals("UMA")) {
            return new HostLink(name, memoryBytesPerSecond);
        }
        String generation = name.endsWith("x16") ? name.substring(0, name.length() - 3) : name;
        Double gigabytes = GIGABYTES.get(generation.equals("PCIe") ? OLDEST : generation);
        if (gigabytes == null) {
            throw new IllegalArgumentException("host link " + name + ", expected UMA or one of " + GIGABYTES.keySet());
        }
        return new HostLink(name, gigabytes * 1e9);
    }
}
