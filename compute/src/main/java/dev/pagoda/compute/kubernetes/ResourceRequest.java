package dev.pagoda.compute.kubernetes;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.placement.Demand;
import dev.pagoda.compute.placement.Share;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// What the resources of one container ask for, read but not yet tied to the accelerators of a fleet.
/// Immutable.
public final class ResourceRequest {
    private final long cpuMilli;
    private final long memoryMib;
    private final int devices;
    private final DevicePart part;
    private final Predicate<AcceleratorSpec> accepts;
    private final String names;

    /// @param devices how many devices or partitions, 0 for none
    /// @param part    of each device
    /// @param accepts which accelerators the names stand for
    /// @param names   the names that ask for devices and their amounts, for messages
    ResourceRequest(
            long cpuMilli,
            long memoryMib,
            int devices,
            DevicePart part,
            Predicate<AcceleratorSpec> accepts,
            List<String> names) {
        this.cpuMilli = cpuMilli;
        this.memoryMib = memoryMib;
        this.devices = devices;
        this.part = part;
        this.accepts = accepts;
        this.names = String.join(" with ", names);
    }

    /// Thousandths of a core, rounded up.
    public long cpuMilli() {
        return cpuMilli;
    }

    /// Host memory, rounded up.
    public long memoryMib() {
        return memoryMib;
    }

    /// How many devices or partitions, 0 for none.
    public int devices() {
        return devices;
    }

    /// What it asks for on one accelerator; empty when that is none of those it names, or has no such part.
    public Optional<Demand> on(AcceleratorSpec spec) {
        if (devices == 0) {
            return Optional.of(Demand.ofCpu(cpuMilli, memoryMib));
        }
        return accepts.test(spec)
                ? part.on(spec).map(share -> new Demand(cpuMilli, memoryMib, devices, share, Set.of(spec.id())))
                : Optional.empty();
    }

    /// What it asks for on the accelerators of a fleet: one demand for all on which it is the same part. There
    /// are several when it names a percentage of memory or the smallest partition and the devices differ; any
    /// of them will do.
    ///
    /// @throws IllegalArgumentException if no accelerator of the fleet can give it, saying why
    public List<Demand> demands(Collection<AcceleratorSpec> fleet) {
        if (devices == 0) {
            return List.of(Demand.ofCpu(cpuMilli, memoryMib));
        }
        List<AcceleratorSpec> named = fleet.stream().filter(accepts).toList();
        if (named.isEmpty()) {
            throw new IllegalArgumentException(
                    "no accelerator answers to " + names + "; there are " + String.join(", ", ids(fleet)));
        }
        Map<Share, Set<String>> shares = new LinkedHashMap<>();
        for (AcceleratorSpec spec : named) {
            part.on(spec)
                    .ifPresent(share -> shares.computeIfAbsent(share, any -> new LinkedHashSet<>())
                            .add(spec.id()));
        }
        if (shares.isEmpty()) {
            List<String> sizes = named.stream()
                    .map(spec -> spec.id() + " with " + (spec.memory().bytes() >> 20) + " MiB")
                    .distinct()
                    .toList();
            throw new IllegalArgumentException("no device gives " + names + "; there are " + String.join(", ", sizes));
        }
        List<Demand> demands = new ArrayList<>();
        shares.forEach((share, ids) -> demands.add(new Demand(cpuMilli, memoryMib, devices, share, ids)));
        return demands;
    }

    /// What it asks for on the accelerators of a fleet, when that is the same on all of them.
    ///
    /// @throws IllegalArgumentException if no accelerator of the fleet can give it, or it would be another part
    ///     on another accelerator
    public Demand demand(Collection<AcceleratorSpec> fleet) {
        List<Demand> demands = demands(fleet);
        if (demands.size() > 1) {
            throw new IllegalArgumentException(
                    names + " is " + demands.get(0) + " or " + demands.get(1) + "; name the accelerator");
        }
        return demands.getFirst();
    }

    private static Set<String> ids(Collection<AcceleratorSpec> fleet) {
        Set<String> ids = new LinkedHashSet<>();
        for (AcceleratorSpec spec : fleet) {
            ids.add(spec.id());
        }
        return ids;
    }
}
