package dev.pagoda.compute.api;

import java.util.List;

/// What one task of a job asks of one node.
///
/// @param cpuMilli       thousandths of a core
/// @param memoryMib      host memory
/// @param devices        how many devices, 0 for a task of the host alone
/// @param deviceMilli    the part of each device in thousandths; below 1000 only for one device
/// @param bytesPerDevice memory it needs of each device
/// @param profile        a partition by its maker's name, such as `1g.10gb`; empty for none
/// @param accelerators   ids that it accepts, best first; empty accepts every kind. One job runs on one kind
public record TaskSpec(
        long cpuMilli,
        long memoryMib,
        int devices,
        int deviceMilli,
        long bytesPerDevice,
        String profile,
        List<String> accelerators) {
    /// Above the largest hosts there are.
    public static final long MAX_CPU_MILLI = 100_000_000L;

    /// 1 PiB.
    public static final long MAX_MEMORY_MIB = 1L << 30;

    /// Above the largest machine there is; the largest boxes of today hold 16.
    public static final int MAX_DEVICES = 64;

    /// 16 TiB.
    public static final long MAX_BYTES = 1L << 44;

    static final int MAX_ACCELERATORS = 64;

    public TaskSpec {
        accelerators = List.copyOf(accelerators);
        within("cpu in thousandths of a core", cpuMilli, MAX_CPU_MILLI);
        within("host memory in MiB", memoryMib, MAX_MEMORY_MIB);
        within("devices of a task", devices, MAX_DEVICES);
        within("device memory in bytes", bytesPerDevice, MAX_BYTES);
        if (deviceMilli < 1 || deviceMilli > 1_000) {
            throw new IllegalArgumentException(deviceMilli + " thousandths of a device are outside 1 to 1000");
        }
        if (deviceMilli < 1_000 && devices != 1) {
            throw new IllegalArgumentException(
                    deviceMilli + " thousandths of " + devices + " devices; a part is asked of exactly 1");
        }
        if (!profile.isEmpty() && (devices != 1 || deviceMilli < 1_000)) {
            throw new IllegalArgumentException(
                    "partition " + profile + " is asked of " + devices + " devices, expected exactly 1 whole one");
        }
        if (profile.length() > 100) {
            throw new IllegalArgumentException(
                    "the name of a partition has " + profile.length() + " characters, above 100");
        }
        if (accelerators.size() > MAX_ACCELERATORS) {
            throw new IllegalArgumentException(accelerators.size() + " accepted accelerators are above 64");
        }
    }

    /// Whole devices of any of some kinds, and no demand on the host.
    public static TaskSpec devices(int devices, String... accelerators) {
        return new TaskSpec(0, 0, devices, 1_000, 0, "", List.of(accelerators));
    }

    private static void within(String what, long value, long most) {
        if (value < 0 || value > most) {
            throw new IllegalArgumentException(what + " is " + value + ", outside 0 to " + most);
        }
    }
}
