package dev.pagoda.compute.fleet;

import dev.pagoda.compute.api.AcceleratorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Nodes that are alike, as the configuration describes them. What may be left out has a usual value.
///
/// @param count         how many, 1 to 4096
/// @param prefix        their names are `prefix-0`, `prefix-1`, ...; lower-case letters, digits and dashes
/// @param accelerator   an id of the catalogue
/// @param devices       devices in each node
/// @param hostMemoryGib memory of each host
/// @param host          inside of each host
/// @param site          where they stand and what they are joined to
/// @param partition     the mode that their devices are in at first, for example `mig` or `cpx_nps4`
/// @param usdPerHour    price of one device; otherwise the catalogue's
public record NodeGroup(
        int count,
        String prefix,
        String accelerator,
        int devices,
        int hostMemoryGib,
        @Nullable HostShape host,
        @Nullable Site site,
        @Nullable String partition,
        @Nullable Double usdPerHour) {
    static final int MAX_NODES = 4_096;
    /// Links that join more devices than this reach over several nodes: NVL72, Ascend's supernodes, TPU pods.
    private static final int LARGEST_BOX = 16;

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

    /// Nodes with nothing out of the ordinary.
    public NodeGroup(int count, String prefix, String accelerator, int devices, int hostMemoryGib) {
        this(count, prefix, accelerator, devices, hostMemoryGib, null, null, null, null);
    }

    /// The nodes it stands for.
    ///
    /// @throws IllegalArgumentException if the catalogue has no such accelerator, the accelerator no such mode
    ///     or there is no such region, naming the nearest
    public List<Node> nodes(AcceleratorCatalogue catalogue) {
        AcceleratorSpec spec = catalogue.get(accelerator);
        PartitionScheme mode =
                PartitionSchemes.named(spec, partition == null ? PartitionSchemes.WHOLE_MODE : partition);
        HostShape shape = host == null ? HostShape.usual(devices) : host;
        Site.Placed placed = (site == null ? Site.USUAL : site).filled(devices);
        Region region = Regions.shipped().get(placed.region());
        var service = new NodeService(
                placed.network(),
                placed.nicsPerNode(),
                placed.storage(),
                placed.cacheBytes(),
                placed.isolation(),
                usdPerHour == null ? NodeService.price(spec) : usdPerHour);
        return IntStream.range(0, count)
                .mapToObj(i -> new Node(
                        prefix + "-" + i,
                        spec,
                        devices,
                        (long) hostMemoryGib << 30,
                        shape,
                        place(i, spec, region, placed),
                        service,
                        mode))
                .toList();
    }

    private NodePlace place(int node, AcceleratorSpec spec, Region region, Site.Placed placed) {
        String zone = region.id() + "/" + placed.zone();
        String rack = zone + "/" + prefix + "-" + node / placed.nodesPerRack();
        int joined = spec.link().domain();
        List<String> domains = new ArrayList<>(devices);
        for (int device = 0; device < devices; device++) {
            domains.add(
                    joined <= LARGEST_BOX
                            ? prefix + "-" + node + "/" + device / joined
                            : prefix + "/" + ((long) node * devices + device) / joined);
        }
        return new NodePlace(region, zone, rack, domains);
    }
}
