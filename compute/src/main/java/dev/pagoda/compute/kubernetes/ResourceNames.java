package dev.pagoda.compute.kubernetes;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.fleet.AcceleratorCatalogue;
import dev.pagoda.compute.fleet.NearestName;
import dev.pagoda.compute.fleet.PartitionKind;
import dev.pagoda.compute.fleet.PartitionProfile;
import dev.pagoda.compute.fleet.PartitionScheme;
import dev.pagoda.compute.fleet.PartitionSchemes;
import dev.pagoda.compute.kubernetes.DeviceResource.Meaning;
import dev.pagoda.compute.placement.Host;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Every resource name that a request may use: `cpu`, `memory` and those of the device plugins, with MIG
/// profiles and AMD's partition modes as the tables of partitions have them.
///
/// **What numbers mean** is each maker's affair and follows HAMi: memory in MiB for NVIDIA, AMD, Ascend, Hygon,
/// Enflame and Kunlunxin, in units of 256 MiB for Cambricon and Iluvatar, of 512 MiB for Moore Threads, in GiB
/// or with a suffix for MetaX; cores in percent, for Moore Threads in sixteenths. Memory and cores are of each
/// device when several are asked for. Without memory a device is given with all of it; without cores NVIDIA's,
/// Iluvatar's and Moore Threads' tasks claim none and share what there is, the others' claim all.
///
/// Immutable, safe from any thread.
public final class ResourceNames {
    private static final int MAX_RESOURCES = 32;
    private static final long MAX_CPU_MILLI = 1_000_000_000L;
    private static final long MAX_MEMORY_MIB = 1L << 30;
    private static final long MAX_UNITS = Integer.MAX_VALUE;
    private static final BigDecimal THOUSANDTH = new BigDecimal("0.001");
    private static final BigDecimal MIB = new BigDecimal(1 << 20);

    private final Map<String, DeviceResource> byName = new LinkedHashMap<>();

    public ResourceNames(AcceleratorCatalogue catalogue) {
        DeviceFamily.resources().forEach(resource -> byName.put(resource.name(), resource));
        DeviceFamily nvidia = family("nvidia.com/gpu");
        DeviceFamily amd = family("amd.com/gpu");
        for (AcceleratorSpec spec : catalogue.all()) {
            for (PartitionScheme mode : PartitionSchemes.of(spec)) {
                for (PartitionProfile profile : mode.profiles()) {
                    if (mode.kind() == PartitionKind.MIG) {
                        // a plus is no character of a resource name, the device plugin writes a dot
                        add("nvidia.com/mig-" + profile.name().replace('+', '.'), nvidia, profile);
                    } else if (mode.kind() == PartitionKind.COMPUTE_PARTITION) {
                        add("amd.com/" + profile.name(), amd, profile);
                    }
                }
            }
        }
    }

    /// All names, those of the host first.
    public Set<String> names() {
        Set<String> names = new LinkedHashSet<>(List.of("cpu", "memory"));
        names.addAll(byName.keySet());
        return Collections.unmodifiableSet(names);
    }

    /// Reads the resources of a container.
    ///
    /// @param resources amounts by name, as in `resources.limits`
    /// @throws IllegalArgumentException if a name is unknown (naming the nearest), an amount is no quantity,
    ///     negative, too large or a fraction where only whole numbers are, or names do not go together
    public ResourceRequest parse(Map<String, String> resources) {
        if (resources.size() > MAX_RESOURCES) {
            throw new IllegalArgumentException(resources.size() + " resources are above " + MAX_RESOURCES);
        }
        long cpuMilli = 0;
        long memoryMib = 0;
        List<Asked> asked = new ArrayList<>();
        for (Map.Entry<String, String> entry : new TreeMap<>(resources).entrySet()) {
            String name = entry.getKey();
            Quantity quantity = Quantity.parse(name, entry.getValue());
            switch (name) {
                case "cpu" -> cpuMilli = quantity.roundedUp(name, THOUSANDTH, "thousandths of a core", MAX_CPU_MILLI);
                case "memory" -> memoryMib = quantity.roundedUp(name, MIB, "MiB", MAX_MEMORY_MIB);
                default -> asked.add(new Asked(known(name), quantity));
            }
        }
        return asked.isEmpty()
                ? new ResourceRequest(cpuMilli, memoryMib, 0, new DevicePart.Whole(), spec -> false, List.of())
                : new DeviceQuestion(asked).request(cpuMilli, memoryMib);
    }

    private DeviceResource known(String name) {
        DeviceResource resource = byName.get(name);
        if (resource == null) {
            throw new IllegalArgumentException("resource " + (name.length() > 80 ? name.substring(0, 80) : name)
                    + " is unknown; the nearest is "
                    + NearestName.of(name.length() > 80 ? name.substring(0, 80) : name, names())
                            .orElse("none"));
        }
        return resource;
    }

    private DeviceFamily family(String name) {
        return known(name).family();
    }

    private void add(String name, DeviceFamily family, PartitionProfile profile) {
        byName.putIfAbsent(name, new DeviceResource(name, family, new Meaning.Slices(profile.name())));
    }

    private record Asked(DeviceResource resource, Quantity quantity) {
        String name() {
            return resource.name();
        }

        long whole(String of, long max) {
            return quantity.whole(name(), of, max);
        }
    }

    /// The names of one request that ask for devices, put together.
    private static final class DeviceQuestion {
        private final List<Asked> asked;
        private final DeviceFamily family;
        private @Nullable Asked count;
        private @Nullable Asked memory;
        private @Nullable Asked percent;
        private @Nullable Asked cores;

        DeviceQuestion(List<Asked> asked) {
            this.asked = asked;
            this.family = asked.getFirst().resource.family();
            for (Asked each : asked) {
                if (!each.resource.family().equals(family)) {
                    throw new IllegalArgumentException(asked.getFirst().name() + " and " + each.name()
                            + " are of different devices; a task gets devices of one sort");
                }
                switch (each.resource.meaning()) {
                    case Meaning.Count _, Meaning.WholeCount _, Meaning.Slices _, Meaning.SliceSize _ ->
                        count = only(count, each);
                    case Meaning.Memory _ -> memory = only(memory, each);
                    case Meaning.MemoryPercent _ -> percent = only(percent, each);
                    case Meaning.Cores _ -> cores = only(cores, each);
                }
            }
            if (memory != null && percent != null) {
                throw new IllegalArgumentException(
                        memory.name() + " and " + percent.name() + " both say how much memory, give one");
            }
        }

        ResourceRequest request(long cpuMilli, long memoryMib) {
            int devices = devices();
            DevicePart part = devices == 0 ? new DevicePart.Whole() : part(devices);
            List<String> narrowed = asked.stream()
                    .map(each -> each.resource.narrowed())
                    .filter(word -> word != null)
                    .toList();
            Predicate<AcceleratorSpec> accepts = spec -> family.covers(spec)
                    && narrowed.stream().allMatch(word -> spec.id().startsWith(word));
            return new ResourceRequest(
                    cpuMilli,
                    memoryMib,
                    devices,
                    part,
                    accepts,
                    asked.stream()
                            .map(each -> each.name() + "=" + each.quantity.text())
                            .toList());
        }

        private int devices() {
            if (count == null) {
                if (family.isCountNeeded()) {
                    throw new IllegalArgumentException(asked.getFirst().name()
                            + " says how much of each device, but nothing says how many; expected a count of them too");
                }
                return 1;
            }
            if (count.resource.meaning() instanceof Meaning.SliceSize) {
                return 1;
            }
            int devices = (int) count.whole("devices", Host.MAX_DEVICES);
            if (devices == 0 && asked.size() > 1) {
                throw new IllegalArgumentException(count.name() + " is 0, but " + other().name() + " is given");
            }
            return devices;
        }

        private DevicePart part(int devices) {
            if (count != null && !(count.resource.meaning() instanceof Meaning.Count)) {
                if (asked.size() > 1) {
                    throw new IllegalArgumentException(
                            other().name() + " does not go with " + count.name() + ", which says how much by itself");
                }
                return switch (count.resource.meaning()) {
                    case Meaning.Slices slices -> new DevicePart.Profile(slices.profile());
                    case Meaning.SliceSize size -> new DevicePart.Slices((int) Math.max(1, count.whole("slices", 64)));
                    case Meaning.WholeCount _,
                            Meaning.Count _,
                            Meaning.Memory _,
                            Meaning.MemoryPercent _,
                            Meaning.Cores _ -> new DevicePart.Whole();
                };
            }
            if (memory == null && percent == null && cores == null) {
                return new DevicePart.Whole();
            }
            long bytes = memory == null ? 0 : bytes(memory);
            return switch (family.sharing()) {
                case NONE -> new DevicePart.Whole();
                case LIMITS -> new DevicePart.Limits(bytes, percent(), milli());
                case QUARTERS -> new DevicePart.Quarters(bytes);
                case POWERS -> powers(bytes, devices);
                case SMALLEST_PROFILE -> smallest(bytes, devices);
            };
        }

        /// Ascend's soft division takes cores as they are, its templates fix them.
        private DevicePart smallest(long bytes, int devices) {
            if (cores != null && family.isCountNeeded()) {
                return new DevicePart.Limits(bytes, 0, milli());
            }
            if (devices > 1) {
                throw new IllegalArgumentException(
                        other().name() + " asks for a part of a device; a task gets one such part, not " + devices);
            }
            return new DevicePart.SmallestProfile(bytes, cores == null ? 0 : milli());
        }

        private DevicePart powers(long bytes, int devices) {
            if (devices > 1) {
                throw new IllegalArgumentException(
                        other().name() + " asks for a part of a device; several are given whole, not " + devices);
            }
            long units = memory == null ? 0 : memory.whole("units of 512 MiB", MAX_UNITS);
            if (memory != null && units != 96 && (units < 2 || units > 64 || Long.bitCount(units) != 1)) {
                throw new IllegalArgumentException(
                        memory.name() + " is " + units + ", expected 2, 4, 8, 16, 32, 64 or 96 units of 512 MiB");
            }
            return new DevicePart.Limits(bytes, 0, milli());
        }

        private long bytes(Asked memory) {
            if (!(memory.resource.meaning() instanceof Meaning.Memory unit)) {
                throw new IllegalStateException(memory.name() + " is no memory");
            }
            boolean isGib = unit.unitBytes() == 1L << 30;
            if (isGib && memory.quantity.hasUnit()) {
                return Math.max(1, memory.whole("bytes", Long.MAX_VALUE));
            }
            if (memory.quantity.text().endsWith("i")) {
                long units = Math.max(1, memory.quantity.value().longValue() / unit.unitBytes());
                throw new IllegalArgumentException(memory.name() + " is " + memory.quantity.text()
                        + ", but it counts units of " + (unit.unitBytes() >> 20) + " MiB, expected " + units);
            }
            String of = "units of " + (unit.unitBytes() >> 20) + " MiB";
            return memory.whole(of, MAX_UNITS) * unit.unitBytes();
        }

        private int percent() {
            if (percent == null) {
                return 0;
            }
            int value = (int) percent.whole("percent", 100);
            if (value == 0) {
                throw new IllegalArgumentException(percent.name() + " is 0, expected 1 to 100 percent");
            }
            return value;
        }

        private int milli() {
            if (cores == null) {
                return family.coresUnsaid();
            }
            if (!(cores.resource.meaning() instanceof Meaning.Cores parts)) {
                throw new IllegalStateException(cores.name() + " counts no cores");
            }
            String of = parts.parts() == 100 ? "percent" : "parts of " + parts.parts();
            return (int) (cores.whole(of, parts.parts()) * 1_000 / parts.parts());
        }

        private Asked other() {
            for (Asked each : asked) {
                if (!each.equals(count)) {
                    return each;
                }
            }
            return asked.getFirst();
        }

        private static Asked only(@Nullable Asked before, Asked each) {
            if (before != null) {
                throw new IllegalArgumentException(
                        before.name() + " and " + each.name() + " exclude each other, give one");
            }
            return each;
        }
    }
}
