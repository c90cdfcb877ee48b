package dev.pagoda.compute.placement;

import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/// What one task asks of one node. Equal demands are interchangeable, which is what caches rely on.
///
/// @param cpuMilli     thousandths of a core
/// @param memoryMib    host memory
/// @param devices      how many, 0 to [Host#MAX_DEVICES]
/// @param share        of each of them; without meaning when there are none
/// @param accelerators which models will do; empty for any
public record Demand(long cpuMilli, long memoryMib, int devices, Share share, Set<String> accelerators) {
    static final int MAX_ACCELERATORS = 256;

    public Demand {
        within("CPU milli", cpuMilli, Host.MAX_AMOUNT);
        within("MiB of memory", memoryMib, Host.MAX_AMOUNT);
        within("devices", devices, Host.MAX_DEVICES);
        Objects.requireNonNull(share, "share");
        within("accepted accelerators", accelerators.size(), MAX_ACCELERATORS);
        accelerators = Set.copyOf(accelerators);
    }

    /// Cores and memory only.
    public static Demand ofCpu(long cpuMilli, long memoryMib) {
        return new Demand(cpuMilli, memoryMib, 0, Share.ANY_WHOLE, Set.of());
    }

    /// Whole devices of any model.
    public static Demand ofDevices(long cpuMilli, long memoryMib, int devices) {
        return new Demand(cpuMilli, memoryMib, devices, Share.ANY_WHOLE, Set.of());
    }

    /// The same on these models only.
    public Demand on(String... models) {
        return new Demand(cpuMilli, memoryMib, devices, share, Set.of(models));
    }

    public boolean accepts(String accelerator) {
        return accelerators.isEmpty() || accelerators.contains(accelerator);
    }

    /// Thousandths of an undivided device that each of its devices must have free; 0 for slices and without
    /// devices.
    public int milliPerDevice() {
        return devices == 0 ? 0 : share.milliNeeded();
    }

    /// Thousandths of undivided devices in all.
    public int milli() {
        return devices * milliPerDevice();
    }

    /// Whether it can share its one device with others.
    boolean isPartOfOne() {
        return devices == 1 && milliPerDevice() > 0 && milliPerDevice() < Share.WHOLE_MILLI;
    }

    /// For people: `2 devices of a100-sxm-80g, 16 cores, 64 GiB`.
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        if (devices > 0) {
            text.append(
                    switch (share) {
                        case Share.Whole whole -> devices + (devices == 1 ? " device" : " devices");
                        case Share.Fraction part -> devices + " x " + part.milli() + "/1000 of a device";
                        case Share.Slice slice -> devices + " x slice " + slice.profile();
                    });
            if (!accelerators.isEmpty()) {
                text.append(" of ").append(String.join(" or ", new TreeSet<>(accelerators)));
            }
            text.append(", ");
        }
        return text.append(cpuMilli / 1000.0)
                .append(" cores, ")
                .append(memoryMib)
                .append(" MiB")
                .toString();
    }

    private static void within(String what, long value, long max) {
        if (value < 0 || value > max) {
            throw new IllegalArgumentException("a demand of " + value + " " + what + " is outside 0 to " + max);
        }
    }
}
