package dev.pagoda.registry.api;

import java.util.Map;
import java.util.Objects;

/// A request to register a model with its first version, owned by the caller's tenant.
///
/// @param huggingFaceId may be empty
public record RegisterModel(
        String name,
        String huggingFaceId,
        String publisher,
        Task task,
        ModelAccess access,
        ModelArchitecture architecture,
        String source,
        Map<String, String> tags) {
    public RegisterModel {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(huggingFaceId, "huggingFaceId");
        Objects.requireNonNull(publisher, "publisher");
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(access, "access");
        Objects.requireNonNull(architecture, "architecture");
        Objects.requireNonNull(source, "source");
        tags = Map.copyOf(tags);
    }
}
