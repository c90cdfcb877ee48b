package dev.pagoda.compute.api;

import dev.pagoda.governance.api.StatusQuery;
import dev.pagoda.governance.bus.Port;
import dev.pagoda.governance.bus.Topic;

/// Ports and topics of compute.
public final class Compute {
    /// Places a gang. Refused with `EXHAUSTED` when waiting may help and `UNPROCESSABLE` when this fleet can
    /// never take it; the code is the [PlacementRefusal] in lower case, the message has the counts.
    public static final Port<PlaceGang, Placed> PLACE = Port.of("compute.place", PlaceGang.class, Placed.class);

    /// Gives devices back; safe to repeat.
    public static final Port<ReleaseGang, Released> RELEASE =
            Port.of("compute.release", ReleaseGang.class, Released.class);

    /// Nodes and devices; only an administrator sees who owns what.
    public static final Port<ListNodes, NodesReply> NODES = Port.of("compute.nodes", ListNodes.class, NodesReply.class);

    /// Who holds devices; only an administrator sees the owners.
    public static final Port<ListPlacements, PlacementsReply> PLACEMENTS =
            Port.of("compute.placements", ListPlacements.class, PlacementsReply.class);

    /// Takes a node down or brings it back; for administrators only, safe to repeat.
    public static final Port<SetNode, NodeSet> SET_NODE = Port.of("compute.set-node", SetNode.class, NodeSet.class);

    /// Counts over the fleet.
    public static final Port<StatusQuery, FleetStatus> STATUS =
            Port.of("compute.status", StatusQuery.class, FleetStatus.class);

    /// A placement is gone, because a node under it failed.
    public static final Topic<PlacementLost> PLACEMENT_LOST = Topic.of("compute.placement-lost", PlacementLost.class);

    /// A node went down or came back; published after the placements that it lost.
    public static final Topic<NodeChanged> NODE_CHANGED = Topic.of("compute.node-changed", NodeChanged.class);

    private Compute() {}
}
