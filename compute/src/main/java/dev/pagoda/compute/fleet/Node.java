package dev.pagoda.compute.fleet;

import dev.pagoda.compute.api.AcceleratorSpec;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;

/// One machine with slots for devices of one kind.
///
/// @param devices         how many slots, 1 to [#MAX_DEVICES]
/// @param hostMemoryBytes memory of the host itself
/// @param shape           its inside
/// @param place           where it stands
/// @param service         what it is joined to and costs
/// @param mode            what its devices are divided into at first, [PartitionSchemes#WHOLE_MODE] for nothing
public record Node(
        String id,
        AcceleratorSpec accelerator,
        int devices,
        long hostMemoryBytes,
        HostShape shape,
        NodePlace place,
        NodeService service,
        PartitionScheme mode) {
    /// No maker joins more devices in one host today; Ascend's and NVIDIA's largest boxes hold 16.
    public static final int MAX_DEVICES = 64;

    public Node {
        if (id.isBlank()) {
            throw new IllegalArgumentException("a node's id is blank");
        }
        Objects.requireNonNull(accelerator, "accelerator");
        Objects.requireNonNull(shape, "shape");
        Objects.requireNonNull(service, "service");
        Objects.requireNonNull(mode, "mode");
        if (devices < 1 || devices > MAX_DEVICES) {
            throw new IllegalArgumentException(
                    "node " + id + " has " + devices + " devices, outside 1 to " + MAX_DEVICES);
        }
        if (hostMemoryBytes < 1) {
            throw new IllegalArgumentException("node " + id + " has " + hostMemoryBytes + " bytes of host memory");
        }
        if (place.linkDomains().size() != devices) {
            throw new IllegalArgumentException("node " + id + " names "
                    + place.linkDomains().size() + " link domains for " + devices + " devices");
        }
    }

    /// A node with nothing out of the ordinary; its devices are one link domain.
    public Node(String id, AcceleratorSpec accelerator, int devices, long hostMemoryBytes) {
        this(
                id,
                accelerator,
                devices,
                hostMemoryBytes,
                HostShape.usual(devices),
                new NodePlace(
                        Regions.shipped().get(Regions.DEFAULT),
                        Regions.DEFAULT + "/a",
                        Regions.DEFAULT + "/a/0",
                        Collections.nCopies(Math.max(0, devices), id)),
                NodeService.usual(accelerator, devices),
                PartitionSchemes.whole(accelerator));
    }

    /// The NUMA node of a device.
    public int numaOf(int device) {
        return shape.numaOf(device, devices);
    }

    /// The PCIe switch of a device.
    public int switchOf(int device) {
        return shape.switchOf(device, devices);
    }

    /// Whether any two of its devices share fast links.
    public boolean hasLinkedDevices() {
        List<String> domains = place.linkDomains();
        return new HashSet<>(domains).size() < domains.size();
    }
}
