package dev.pagoda.compute.placement;

import java.util.Objects;

/// How near each other the tasks of a gang must be.
///
/// @param level    what they share
/// @param isStrict whether they wait until they can share it (Kueue: required), or else share the next wider
///     level (preferred)
public record Topology(Level level, boolean isStrict) {
    /// Anywhere.
    public static final Topology NONE = new Topology(Level.CLUSTER, true);

    public Topology {
        Objects.requireNonNull(level, "level");
    }

    public static Topology required(Level level) {
        return new Topology(level, true);
    }

    public static Topology preferred(Level level) {
        return new Topology(level, false);
    }

    /// What tasks can share, from near to far.
    public enum Level {
        /// Devices joined by fast links: a part of a node, a node, or more than one.
        LINK("link domain"),
        NODE("node"),
        RACK("rack"),
        ZONE("zone"),
        CLUSTER("cluster");

        private final String noun;

        Level(String noun) {
            this.noun = noun;
        }

        /// For people.
        public String noun() {
            return noun;
        }
    }
}
