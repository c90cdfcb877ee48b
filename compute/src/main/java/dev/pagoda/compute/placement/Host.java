package dev.pagoda.compute.placement;

import dev.pagoda.compute.fleet.PartitionScheme;
import dev.pagoda.compute.fleet.PartitionSchemes;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/// One machine as placement sees it: its capacity and where it stands.
///
/// @param cpuMilli    thousandths of a core that tasks may have
/// @param memoryMib   host memory that tasks may have
/// @param accelerator what its devices are, as [Demand#accelerators()] names them; empty when it has none
/// @param devices     0 to [#MAX_DEVICES]
/// @param deviceBytes memory of each device; 0 when unknown, and then demands for bytes never fit
/// @param domains     where it stands
/// @param modes       how its devices can be divided, with distinct names; undivided goes without saying
/// @param mode        the one of these that its devices are in at first, [PartitionSchemes#WHOLE_MODE] for none
public record Host(
        String id,
        long cpuMilli,
        long memoryMib,
        String accelerator,
        int devices,
        long deviceBytes,
        Domains domains,
        List<PartitionScheme> modes,
        String mode) {
    /// Devices of a node are bits of a `long`; the largest boxes of today hold 16.
    public static final int MAX_DEVICES = 64;
    /// 2^40: a million cores, an exbibyte.
    static final long MAX_AMOUNT = 1L << 40;
    static final int MAX_MODES = 64;

    public Host {
        if (id.isBlank()) {
            throw new IllegalArgumentException("a node's id is blank");
        }
        Objects.requireNonNull(accelerator, "accelerator");
        Objects.requireNonNull(domains, "domains");
        within(id, "CPU milli", cpuMilli, MAX_AMOUNT);
        within(id, "MiB of memory", memoryMib, MAX_AMOUNT);
        within(id, "devices", devices, MAX_DEVICES);
        within(id, "bytes of device memory", deviceBytes, MAX_AMOUNT << 10);
        if (devices > 0 && accelerator.isBlank()) {
            throw new IllegalArgumentException("node " + id + " has " + devices + " devices of no model");
        }
        if (!domains.links().isEmpty() && domains.links().size() != devices) {
            throw new IllegalArgumentException(
                    "node " + id + " names " + domains.links().size() + " link domains for " + devices + " devices");
        }
        modes = List.copyOf(modes);
        Set<String> names = new HashSet<>();
        for (PartitionScheme each : modes) {
            if (!names.add(each.name())) {
                throw new IllegalArgumentException("node " + id + " has two partition modes named " + each.name());
            }
        }
        within(id, "partition modes", modes.size(), MAX_MODES);
        if (!mode.equals(PartitionSchemes.WHOLE_MODE) && !names.contains(mode)) {
            throw new IllegalArgumentException("node " + id + " has no partition mode " + mode + "; it has " + names);
        }
    }

    /// A machine whose devices are not divided at first.
    public Host(
            String id,
            long cpuMilli,
            long memoryMib,
            String accelerator,
            int devices,
            long deviceBytes,
            Domains domains,
            List<PartitionScheme> modes) {
        this(id, cpuMilli, memoryMib, accelerator, devices, deviceBytes, domains, modes, PartitionSchemes.WHOLE_MODE);
    }

    /// A machine that stands nowhere in particular and whose devices are not divided.
    public static Host of(String id, long cpuMilli, long memoryMib, String accelerator, int devices, long deviceBytes) {
        return new Host(id, cpuMilli, memoryMib, accelerator, devices, deviceBytes, Domains.NONE, List.of());
    }

    private static void within(String id, String what, long value, long max) {
        if (value < 0 || value > max) {
            throw new IllegalArgumentException("node " + id + " has " + value + " " + what + ", outside 0 to " + max);
        }
    }

    /// Where a machine stands; machines with the same name for a level share it.
    ///
    /// @param links of each device the domain that its fast links (NVLink, HCCS, ICI, ...) join, and which may
    ///     reach beyond the node; empty when all devices of the node are one domain of their own
    /// @param rack  empty when unknown
    /// @param zone  racks that meet at one tier of the network; empty when unknown
    public record Domains(List<String> links, String rack, String zone) {
        public static final Domains NONE = new Domains(List.of(), "", "");

        public Domains {
            links = List.copyOf(links);
            Objects.requireNonNull(rack, "rack");
            Objects.requireNonNull(zone, "zone");
        }
    }
}
