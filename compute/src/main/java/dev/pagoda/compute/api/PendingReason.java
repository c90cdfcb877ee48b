package dev.pagoda.compute.api;

/// Why a job waits, from what no waiting mends to what the next release does.
public enum PendingReason {
    /// Its queue has no quota of any accelerator it accepts.
    FLAVOR_NOT_IN_QUEUE,
    /// More than its queue may ever use, borrowing included.
    QUOTA_TOO_SMALL,
    /// No node has a device of a kind, memory or partition that it accepts.
    NO_SUCH_DEVICE,
    /// No node, even an empty one, can hold one of its tasks.
    NODE_TOO_SMALL,
    /// The whole fleet, even empty, cannot hold the gang that close together.
    FLEET_TOO_SMALL,
    /// It would fit if the nodes and devices that are down came back.
    NODES_DOWN,
    /// Its queue would use more than its own quota, and cannot borrow that much now.
    QUOTA_USED,
    /// It would stay within its queue's own quota, but others use what the queue lent.
    QUOTA_LENT,
    /// Enough devices are free, but not together or not with the processors and memory they need.
    FRAGMENTED,
    /// Too few devices are free.
    BUSY,
    /// It would fit, but would delay a job that is ahead of it.
    BEHIND_RESERVATION
}
