package dev.pagoda.compute.placement;

import java.util.List;

/// What became of a gang.
public sealed interface GangVerdict {
    /// Its tasks have their parts of the cluster.
    ///
    /// @param allotments by task set in the order of the gang, then in the order they were placed; at least the
    ///     minimum of each set
    /// @param level      the level that all of them share: the gang's, or for a preference a wider one
    record Granted(List<Allotment> allotments, Topology.Level level) implements GangVerdict {
        public Granted {
            allotments = List.copyOf(allotments);
        }
    }

    /// Nothing was given.
    record Refused(Refusal refusal) implements GangVerdict {}
}
