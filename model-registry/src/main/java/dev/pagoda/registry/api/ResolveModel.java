package dev.pagoda.registry.api;

import java.util.Objects;

/// A request for the version that a client means.
///
/// @param reference a name or Hugging Face id, alone or with `:version` or `@alias`. Alone it means the version
///     behind the alias `production`; without that alias the newest served one; without any the newest.
public record ResolveModel(String reference) {
    public ResolveModel {
        Objects.requireNonNull(reference, "reference");
    }
}
