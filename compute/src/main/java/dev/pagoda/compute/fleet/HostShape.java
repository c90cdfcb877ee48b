package dev.pagoda.compute.fleet;

/// The inside of a machine: cores, and how devices hang on its sockets and PCIe switches. Devices are spread
/// evenly in the order of their indices, as servers are wired.
///
/// @param cpuCores     that tasks may have, 1 to 4096
/// @param numaNodes    1 to 64
/// @param pcieSwitches 1 to 64, spread over the NUMA nodes
public record HostShape(int cpuCores, int numaNodes, int pcieSwitches) {
    static final int MAX_CORES = 4_096;
    static final int MAX_PARTS = 64;
    private static final int CORES_A_DEVICE = 16;

    public HostShape {
        within("cpuCores", cpuCores, MAX_CORES);
        within("numaNodes", numaNodes, MAX_PARTS);
        within("pcieSwitches", pcieSwitches, MAX_PARTS);
        if (pcieSwitches % numaNodes != 0) {
            throw new IllegalArgumentException(
                    "pcieSwitches " + pcieSwitches + " do not spread evenly over " + numaNodes + " NUMA nodes");
        }
    }

    /// What servers with so many devices usually have: 16 cores a device and at least 32, two sockets from four
    /// devices on, a switch for each two devices.
    public static HostShape usual(int devices) {
        int numaNodes = devices < 4 ? 1 : 2;
        int switches = Math.min(MAX_PARTS, Math.max(numaNodes, devices / 2 / numaNodes * numaNodes));
        return new HostShape(Math.min(MAX_CORES, Math.max(32, CORES_A_DEVICE * devices)), numaNodes, switches);
    }

    /// The NUMA node of a device.
    public int numaOf(int device, int devices) {
        return switchOf(device, devices) / (pcieSwitches / numaNodes);
    }

    /// The PCIe switch of a device.
    public int switchOf(int device, int devices) {
        if (device < 0 || device >= devices) {
            throw new IndexOutOfBoundsException("device " + device + " of " + devices);
        }
        return (int) ((long) device * pcieSwitches / devices);
    }

    private static void within(String what, int value, int max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException(what + " " + value + " is outside 1 to " + max);
        }
    }
}
