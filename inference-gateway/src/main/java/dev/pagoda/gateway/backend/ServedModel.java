package dev.pagoda.gateway.backend;

import java.util.Objects;

/// A model that the gateway answers for.
///
/// @param name           what clients put into `model`
/// @param huggingFaceId  the id of its weights on the Hugging Face Hub
/// @param createdSeconds Unix time of the served version
/// @param ownedBy        the organisation that made it
/// @param contextTokens  prompt and completion together may not exceed this; 0 when it is not known
public record ServedModel(String name, String huggingFaceId, long createdSeconds, String ownedBy, int contextTokens) {
    public ServedModel {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(huggingFaceId, "huggingFaceId");
        Objects.requireNonNull(ownedBy, "ownedBy");
        if (contextTokens < 0) {
            throw new IllegalArgumentException("contextTokens " + contextTokens + " is below 0");
        }
    }

    /// A model of another server, of which only the name is known.
    public static ServedModel elsewhere(String name) {
        return new ServedModel(name, "", 0, "upstream", 0);
    }
}
