package dev.pagoda.compute.placement;

import dev.pagoda.compute.api.DeviceRef;
import dev.pagoda.compute.api.DeviceView;
import dev.pagoda.compute.api.NodeState;
import dev.pagoda.compute.api.NodeView;
import dev.pagoda.compute.fleet.Node;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One node's device slots and who holds each.
final class NodeSlots {
    private final Node node;
    private final int position;
    private final @Nullable Placement[] holders;
    private int unheld;
    private NodeState state;
    private long stateSinceMicros;

    NodeSlots(Node node, int position, long nowMicros) {
        this.node = node;
        this.position = position;
        this.holders = new Placement[node.devices()];
        this.unheld = node.devices();
        this.state = NodeState.UP;
        this.stateSinceMicros = nowMicros;
    }

    Node node() {
        return node;
    }

    /// Where it stands in the fleet, from 0.
    int position() {
        return position;
    }

    boolean isUp() {
        return state == NodeState.UP;
    }

    /// Devices that nobody holds, on a node in either state.
    int unheld() {
        return unheld;
    }

    /// Devices that could be given now.
    int free() {
        return isUp() ? unheld : 0;
    }

    int usable() {
        return isUp() ? node.devices() : 0;
    }

    void enter(NodeState next, long nowMicros) {
        state = next;
        stateSinceMicros = nowMicros;
    }

    /// The free devices of lowest index.
    List<DeviceRef> lowestFree(int count) {
        List<DeviceRef> chosen = new ArrayList<>(count);
        for (int i = 0; i < holders.length && chosen.size() < count; i++) {
            if (holders[i] == null) {
                chosen.add(new DeviceRef(node.id(), i, node.accelerator().id()));
            }
        }
        return chosen;
    }

    void hold(int index, Placement placement) {
        Placement holder = holders[index];
        if (holder != null || !isUp()) {
            throw new IllegalStateException("device " + index + " of " + node.id() + " was given to " + placement.id()
                    + " while " + (holder == null ? "its node is down" : holder.id() + " holds it"));
        }
        holders[index] = placement;
        unheld--;
    }

    void free(int index, Placement placement) {
        if (!placement.equals(holders[index])) {
            throw new IllegalStateException(
                    "device " + index + " of " + node.id() + " was returned by " + placement.id() + ", not its holder");
        }
        holders[index] = null;
        unheld++;
    }

    NodeView view() {
        long memoryBytes = node.accelerator().memory().bytes();
        List<DeviceView> devices = new ArrayList<>(holders.length);
        for (int i = 0; i < holders.length; i++) {
            Placement holder = holders[i];
            devices.add(
                    holder == null
                            ? new DeviceView(i, memoryBytes, 0, null, null)
                            : new DeviceView(i, memoryBytes, holder.bytesPerDevice(), holder.id(), holder.owner()));
        }
        return new NodeView(
                node.id(), state, stateSinceMicros, node.accelerator().id(), node.hostMemoryBytes(), devices);
    }
}
