package dev.pagoda.gateway.backend;

/// Takes headers for a client's answer, such as what is left of a limit. Called on the caller's context, before the
/// answer it belongs to.
@FunctionalInterface
public interface ResponseHeaders {
    /// For callers that have no use for them.
    ResponseHeaders UNHEARD = (name, value) -> {};

    void put(String name, String value);
}
