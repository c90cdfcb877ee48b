package dev.pagoda.compute.api;

/// What tasks of a gang can share, from near to far.
public enum TopologyLevel {
    /// Devices joined by fast links: a part of a node, a node, or more than one.
    LINK_DOMAIN,
    NODE,
    RACK,
    /// Racks that meet at one tier of the network.
    ZONE
}
