package dev.pagoda.compute.sim;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;

/// The devices of a cluster: pools of like devices, in nodes.
///
/// @param pools at most 32, each with a name of its own
public record ClusterShape(List<Pool> pools) {
    /// Models of devices in one study; the largest published cluster has seven.
    public static final int MAX_POOLS = 32;

    public ClusterShape {
        pools = List.copyOf(pools);
        if (pools.isEmpty() || pools.size() > MAX_POOLS) {
            throw new IllegalArgumentException(pools.size() + " kinds of devices are not within 1.." + MAX_POOLS);
        }
        Set<String> names = new HashSet<>();
        for (Pool each : pools) {
            if (!names.add(each.device())) {
                throw new IllegalArgumentException("the device " + each.device() + " is there twice");
            }
        }
    }

    /// The place of a device among the pools.
    public OptionalInt indexOf(String device) {
        return IntStream.range(0, pools.size())
                .filter(i -> pools.get(i).device().equals(device))
                .findFirst();
    }

    public int devices() {
        return pools.stream().mapToInt(Pool::devices).sum();
    }

    /// Like devices.
    ///
    /// @param perNode devices of each node, owned by the pool
    public record Pool(String device, int[] perNode) {
        /// Devices of one pool.
        public static final int MAX_DEVICES = 1_000_000;

        public Pool {
            if (device.isBlank()) {
                throw new IllegalArgumentException("a device needs a name");
            }
            long sum = Arrays.stream(perNode).asLongStream().sum();
            if (Arrays.stream(perNode).anyMatch(each -> each < 1) || sum < 1 || sum > MAX_DEVICES) {
                throw new IllegalArgumentException(
                        sum + " devices of " + device + " are not within 1.." + MAX_DEVICES + ", each node with one");
            }
        }

        /// So many devices in nodes of `perNode`; the last node has what is left.
        public static Pool of(String device, int devices, int perNode) {
            if (devices < 1 || devices > MAX_DEVICES || perNode < 1) {
                throw new IllegalArgumentException(devices + " devices of " + device + " in nodes of " + perNode
                        + ": at least one of each, at most " + MAX_DEVICES);
            }
            int[] nodes = new int[(devices + perNode - 1) / perNode];
            Arrays.fill(nodes, perNode);
            nodes[nodes.length - 1] = devices - perNode * (nodes.length - 1);
            return new Pool(device, nodes);
        }

        public int devices() {
            return Arrays.stream(perNode).sum();
        }

        int largestNode() {
            return Arrays.stream(perNode).max().orElseThrow();
        }
    }
}
