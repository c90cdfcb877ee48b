package dev.pagoda.workflow.graph;

import java.util.List;
import java.util.stream.Stream;

/// A value that a node reads: the first of its sources that a finished node has given.
///
/// @param required whether the run fails when no source has a value; an optional input is left out instead
public record Input(ValueType type, List<Selector> sources, boolean required) {
    public Input {
        sources = List.copyOf(sources);
        if (sources.isEmpty()) {
            throw new IllegalArgumentException("an input needs at least one source");
        }
    }

    /// An input that must have a value, from sources written `node.output`.
    public static Input required(ValueType type, String... sources) {
        return new Input(type, Stream.of(sources).map(Selector::of).toList(), true);
    }

    /// An input that may be absent, from sources written `node.output`.
    public static Input optional(ValueType type, String... sources) {
        return new Input(type, Stream.of(sources).map(Selector::of).toList(), false);
    }
}
