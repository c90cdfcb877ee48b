package dev.pagoda.compute.api;

/// Whether a node takes work.
public enum NodeState {
    UP,
    DOWN
}
