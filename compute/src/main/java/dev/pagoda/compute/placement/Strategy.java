package dev.pagoda.compute.placement;

/// Which node takes what fits several, as the configuration names it; each stands for one of the [Policies].
public enum Strategy {
    /// The one that leaves the fewest fragments; with nothing known of what will come it packs.
    PAGODA("Pagoda"),
    /// The fullest, so that large gangs find whole nodes.
    BINPACK("BestFit"),
    /// The emptiest, so that a failure takes little.
    SPREAD("Spread"),
    /// The one whose devices are nearest to each other.
    TOPOLOGY("TopologyAware");

    private final String policy;

    Strategy(String policy) {
        this.policy = policy;
    }

    /// The name of its policy.
    public String policy() {
        return policy;
    }
}
