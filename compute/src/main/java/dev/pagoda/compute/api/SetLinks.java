package dev.pagoda.compute.api;

import java.util.Objects;

/// Says how much of their bandwidth the links of a node have; for administrators only.
///
/// @param left the part that is left, above 0 to 1; 1 when they are whole
public record SetLinks(String node, double left) {
    public SetLinks {
        Objects.requireNonNull(node, "node");
        if (!(left > 0 && left <= 1)) {
            throw new IllegalArgumentException(
                    "links with " + left + " of their bandwidth, outside 0 (exclusive) to 1");
        }
    }
}
