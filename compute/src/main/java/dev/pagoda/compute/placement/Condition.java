package dev.pagoda.compute.placement;

/// Whether a node or one of its devices takes new work.
///
/// A device works only as well as its node: a healthy device of a node that is down is not usable.
public enum Condition {
    /// Takes work.
    UP,
    /// Keeps what it has and takes nothing new, until it is empty.
    DRAINING,
    /// Empty, and being divided anew; of devices only.
    REPARTITIONING,
    /// Failed: it holds nothing and takes nothing.
    DOWN
}
