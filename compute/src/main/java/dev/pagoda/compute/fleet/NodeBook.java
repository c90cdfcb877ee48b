package dev.pagoda.compute.fleet;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The described nodes of a fleet by their ids. Safe from any thread; nodes are only ever added, so that copies
/// of a state may share it.
public final class NodeBook {
    private final @Nullable AcceleratorCatalogue catalogue;
    private final Map<String, Node> nodes = new ConcurrentHashMap<>();

    public NodeBook(AcceleratorCatalogue catalogue, Collection<Node> fleet) {
        this.catalogue = catalogue;
        add(fleet);
    }

    private NodeBook() {
        this.catalogue = null;
    }

    /// Knows nothing of any node.
    public static NodeBook empty() {
        return new NodeBook();
    }

    /// Whether nothing was ever described to it.
    public boolean isEmpty() {
        return catalogue == null;
    }

    /// The nodes of a group, which it does not know yet.
    ///
    /// @throws IllegalArgumentException if the group names what does not exist, or nothing is known of nodes here
    public List<Node> nodes(NodeGroup group) {
        AcceleratorCatalogue known = catalogue;
        if (known == null) {
            throw new IllegalArgumentException("nothing is known of accelerators, so no nodes can be added by group");
        }
        return group.nodes(known);
    }

    /// Tells it of new nodes.
    public void add(Collection<Node> fleet) {
        fleet.forEach(node -> nodes.put(node.id(), node));
    }

    public Optional<Node> find(String id) {
        return Optional.ofNullable(nodes.get(id));
    }

    /// What a node is, or would usually be if nobody described it, such as one of a thought experiment.
    ///
    /// @param accelerator of its devices
    /// @return empty for a node without devices or of a kind that the catalogue does not have
    public Optional<Node> describe(String id, String accelerator, int devices) {
        Node node = nodes.get(id);
        AcceleratorCatalogue known = catalogue;
        if (node != null || known == null || devices == 0) {
            return Optional.ofNullable(node);
        }
        return known.find(accelerator).map(spec -> new Node(id, spec, devices, 1));
    }

    /// What joins the devices of a node to their host.
    public HostLink hostLink(Node node) {
        AcceleratorCatalogue known = catalogue;
        if (known == null) {
            throw new IllegalStateException("nothing is known of node " + node.id());
        }
        return known.hostLink(node.accelerator().id());
    }
}
