package dev.pagoda.compute.api;

/// Whether a node takes work.
public enum NodeState {
    UP,
    /// It finishes what it has and takes nothing new.
    DRAINING,
    DOWN
}
