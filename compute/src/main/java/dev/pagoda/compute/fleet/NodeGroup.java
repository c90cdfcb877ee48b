package dev.pagoda.compute.fleet;

import dev.pagoda.compute.api.AcceleratorSpec;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// Nodes that are alike, as the configuration describes them.
///
/// @param count         how many, 1 to 4096
/// @param prefix        their names are `prefix-0`, `prefix-1`, ...; lower-case letters, digits and dashes
/// @param accelerator   an id of the catalogue
/// @param devices       devices in each node
/// @param hostMemoryGib memory of each host
public record NodeGroup(int count, String prefix, String accelerator, int devices, int hostMemoryGib) {
    static final int MAX_NODES = 4_096;
    private static final Pattern PREFIX = Pattern.compile("[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?");

    public NodeGroup {
        if (count < 1 || count > MAX_NODES) {
            throw new IllegalArgumentException(
                    "node group " + prefix + " has count " + count + ", outside 1 to " + MAX_NODES);
        }
        if (!PREFIX.matcher(prefix).matches()) {
            throw new IllegalArgumentException(
                    "node prefix \"" + prefix + "\" is not 1 to 50 lower-case letters, digits and inner dashes");
        }
        if (devices < 1 || devices > Node.MAX_DEVICES) {
            throw new IllegalArgumentException(
                    "node group " + prefix + " has " + devices + " devices a node, outside 1 to " + Node.MAX_DEVICES);
        }
        if (hostMemoryGib < 1) {
            throw new IllegalArgumentException(
                    "node group " + prefix + " has " + hostMemoryGib + " GiB of host memory, below 1");
        }
    }

    /// The nodes it stands for.
    ///
    /// @throws IllegalArgumentException if the catalogue has no such accelerator, naming the nearest
    public List<Node> nodes(AcceleratorCatalogue catalogue) {
        AcceleratorSpec spec = catalogue.get(accelerator);
        return IntStream.range(0, count)
                .mapToObj(i -> new Node(prefix + "-" + i, spec, devices, (long) hostMemoryGib << 30))
                .toList();
    }
}
