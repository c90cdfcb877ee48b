package dev.pagoda.gateway.backend;

import java.util.Objects;

/// A call of a tool that a model made.
///
/// @param id        names the call within its conversation; a [Role#TOOL] message answers it by this id
/// @param name      the tool's
/// @param arguments JSON for a function, free text for a custom tool; as the client sent it, so possibly broken
public record ToolCall(String id, String name, String arguments) {
    public ToolCall {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(arguments, "arguments");
    }
}
