package dev.pagoda.compute.placement;

import java.util.List;

/// Which of the nodes that fit a task takes it, and with which of its devices.
///
/// One owner's thread.
public interface Policy {
    /// As users write it and results show it.
    String name();

    /// How good it is to put a task on a node that fits it: of all nodes the highest wins, and of equals the
    /// one of the lowest index.
    ///
    /// @return any but `Integer.MIN_VALUE`; must follow from the demand and the state of the node alone, unless
    ///     the policy is a [#isLottery()]
    int score(Cluster cluster, int node, Demand demand);

    /// The devices for a task on a node that fits it.
    ///
    /// @param allowed those it may use, a bit mask
    default List<Grant> choose(Cluster cluster, int node, Demand demand, long allowed) {
        return Fit.tightest(cluster, node, demand, allowed);
    }

    /// The same policy for another thread; it owns nothing that this one changes.
    default Policy copy() {
        return this;
    }

    /// The same policy with other expectations; itself when it expects nothing.
    default Policy expecting(ArrivalMix mix) {
        return this;
    }

    /// Whether it draws lots, so that scores cannot be kept.
    default boolean isLottery() {
        return false;
    }
}
