package dev.pagoda.gateway.backend;

import java.util.Objects;

/// A model that the gateway answers for.
///
/// @param name           what clients put into `model`
/// @param huggingFaceId  the id of its weights on the Hugging Face Hub
/// @param createdSeconds Unix time of the served version
/// @param ownedBy        the organisation that made it
/// @param contextTokens  prompt and completion together may not exceed this; 0 when it is not known
/// @param isWhole        whether it answers requests as a whole: with pictures, sounds, vectors
public record ServedModel(
        String name, String huggingFaceId, long createdSeconds, String ownedBy, int contextTokens, boolean isWhole) {
    /// A model that chats, or of which it is not known what it does.
    public ServedModel(String name, String huggingFaceId, long createdSeconds, String ownedBy, int contextTokens) {
        this(name, huggingFaceId, createdSeconds, ownedBy, contextTokens, false);
    }

    public ServedModel {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(huggingFaceId, "huggingFaceId");
        Objects.requireNonNull(ownedBy, "ownedBy");
        if (contextTokens < 0) {
            throw new IllegalArgumentException("contextTokens " + contextTokens + " is below 0");
        }
    }

    /// A model that answers requests as a whole and is served as soon as somebody asks it.
    static ServedModel simulated(String name) {
        return new ServedModel(name, "", 0, "simulated", 0, true);
    }

    /// A model of another server, of which only the name is known.
    public static ServedModel elsewhere(String name) {
        return new ServedModel(name, "", 0, "upstream", 0);
    }
}
