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

    /// How the devices of one placement reach those of another, as their nodes stand and are joined now. Refused with
    /// `NOT_FOUND` when one of them is gone.
    public static final Port<FindLink, LinkBetween> LINK = Port.of("compute.link", FindLink.class, LinkBetween.class);

    /// Nodes and devices; only an administrator sees who owns what.
    public static final Port<ListNodes, NodesReply> NODES = Port.of("compute.nodes", ListNodes.class, NodesReply.class);

    /// Who holds devices; only an administrator sees the owners.
    public static final Port<ListPlacements, PlacementsReply> PLACEMENTS =
            Port.of("compute.placements", ListPlacements.class, PlacementsReply.class);

    /// Takes a node down or brings it back; for administrators only, safe to repeat.
    public static final Port<SetNode, NodeSet> SET_NODE = Port.of("compute.set-node", SetNode.class, NodeSet.class);

    /// Takes one device down or brings it back; for administrators only, safe to repeat.
    public static final Port<SetDevice, NodeView> SET_DEVICE =
            Port.of("compute.set-device", SetDevice.class, NodeView.class);

    /// Degrades or mends the links of a node, which slows down gangs that reach over it; for administrators only.
    public static final Port<SetLinks, NodeView> SET_LINKS =
            Port.of("compute.set-links", SetLinks.class, NodeView.class);

    /// Hands a job to its queue; answered when it is on disk, with what became of it at once. Refused with
    /// `FORBIDDEN` for the queue of another tenant and `CONFLICT` when it can never be queued.
    public static final Port<SubmitJob, JobView> SUBMIT_JOB =
            Port.of("compute.submit-job", SubmitJob.class, JobView.class);

    /// Stops a job; safe to repeat.
    public static final Port<CancelJob, JobView> CANCEL_JOB =
            Port.of("compute.cancel-job", CancelJob.class, JobView.class);

    /// Keeps a notebook from being idle.
    public static final Port<TouchJob, JobView> TOUCH_JOB = Port.of("compute.touch-job", TouchJob.class, JobView.class);

    /// One job that the caller may see.
    public static final Port<FindJob, JobView> JOB = Port.of("compute.job", FindJob.class, JobView.class);

    /// The jobs that the caller may see.
    public static final Port<ListJobs, JobsReply> JOBS = Port.of("compute.jobs", ListJobs.class, JobsReply.class);

    /// Why a job waits. Refused with `CONFLICT` when it does not wait.
    public static final Port<ExplainJob, Explanation> EXPLAIN_JOB =
            Port.of("compute.explain-job", ExplainJob.class, Explanation.class);

    /// What changes to the fleet would do; for administrators only.
    public static final Port<AskWhatIf, Forecast> WHAT_IF = Port.of("compute.what-if", AskWhatIf.class, Forecast.class);

    /// The tenant tree and what is used of it.
    public static final Port<ListQueues, QueuesReply> QUEUES =
            Port.of("compute.queues", ListQueues.class, QueuesReply.class);

    /// Replaces the tenant tree; for administrators only.
    public static final Port<SetQuotas, QueuesReply> SET_QUOTAS =
            Port.of("compute.set-quotas", SetQuotas.class, QueuesReply.class);

    /// Divides a device otherwise; for administrators only, safe to repeat. Refused with `INVALID` when the device
    /// has no such mode, and while it is on its way to another.
    public static final Port<SetPartition, PartitionSet> SET_PARTITION =
            Port.of("compute.set-partition", SetPartition.class, PartitionSet.class);

    /// Keeps new work off a node or lets it come again; for administrators only, safe to repeat. Refused with
    /// `CONFLICT` while the node is down.
    public static final Port<CordonNode, NodeSet> CORDON_NODE =
            Port.of("compute.cordon-node", CordonNode.class, NodeSet.class);

    /// Adds nodes for good; for administrators only. Answers with the new ones. Refused with `INVALID` when they are
    /// described wrongly or a node has such a name, `UNPROCESSABLE` when the fleet would be too large.
    public static final Port<AddNodes, NodesReply> ADD_NODES =
            Port.of("compute.add-nodes", AddNodes.class, NodesReply.class);

    /// Counts over the fleet.
    public static final Port<StatusQuery, FleetStatus> STATUS =
            Port.of("compute.status", StatusQuery.class, FleetStatus.class);

    /// A placement is gone: a node or device under it failed, or others took it over.
    public static final Topic<PlacementLost> PLACEMENT_LOST = Topic.of("compute.placement-lost", PlacementLost.class);

    /// A node went down or came back; published after the placements that it lost.
    public static final Topic<NodeChanged> NODE_CHANGED = Topic.of("compute.node-changed", NodeChanged.class);

    /// What the scheduler did to a job, in order, for all tenants.
    public static final Topic<JobChanged> JOB_CHANGED = Topic.of("compute.job-changed", JobChanged.class);

    /// How busy engines kept the devices of their placements; told by whoever holds them, about each second.
    public static final Topic<DeviceActivity> DEVICE_ACTIVITY =
            Topic.of("compute.device-activity", DeviceActivity.class);

    private Compute() {}
}
