package dev.pagoda.compute.placement;

/// Which of the nodes that fit a gang takes it.
public enum Strategy {
    /// The fullest, so that whole nodes stay free for large gangs.
    BINPACK,
    /// The emptiest, so that one failure takes the least with it.
    SPREAD
}
