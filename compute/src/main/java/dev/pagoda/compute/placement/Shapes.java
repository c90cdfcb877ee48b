package dev.pagoda.compute.placement;

import dev.pagoda.compute.fleet.PartitionScheme;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Numbers for hosts that are alike but for their names: idle, they are interchangeable to every policy.
final class Shapes {
    private final Map<Shape, Integer> numbers = new HashMap<>();

    /// @param links of each device the first device that shares its link domain
    private record Shape(
            long cpuMilli,
            long memoryMib,
            String accelerator,
            int devices,
            long deviceBytes,
            List<Integer> links,
            List<PartitionScheme> modes) {}

    /// The number of a host's shape, counted from 0 in the order of first sight.
    int of(Host host) {
        List<String> domains = host.domains().links();
        List<Integer> links = new ArrayList<>(domains.size());
        domains.forEach(domain -> links.add(domains.indexOf(domain)));
        Shape shape = new Shape(
                host.cpuMilli(),
                host.memoryMib(),
                host.accelerator(),
                host.devices(),
                host.deviceBytes(),
                links,
                host.modes());
        return numbers.computeIfAbsent(shape, unseen -> numbers.size());
    }
}
