package dev.pagoda.compute.placement;

import dev.pagoda.compute.api.PlacementRefusal;

/// What became of a request for devices.
public sealed interface Verdict {
    /// All of them were given.
    record Granted(Placement placement) implements Verdict {}

    /// None was given.
    ///
    /// @param sentence the dominant reason for people, with the counts behind it
    record Refused(PlacementRefusal reason, String sentence) implements Verdict {}
}
