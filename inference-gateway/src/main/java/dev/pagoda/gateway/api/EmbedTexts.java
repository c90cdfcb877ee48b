package dev.pagoda.gateway.api;

import java.util.List;
import java.util.Objects;

/// Texts whose vectors are wanted.
///
/// @param model the served embedding model's name
/// @param texts 1 to [#MAX_TEXTS]; what exceeds the model's length is not read
public record EmbedTexts(String model, List<String> texts) {
    public static final int MAX_TEXTS = 2048;

    public EmbedTexts {
        Objects.requireNonNull(model, "model");
        texts = List.copyOf(texts);
        if (texts.isEmpty() || texts.size() > MAX_TEXTS) {
            throw new IllegalArgumentException(texts.size() + " texts are not within 1 to " + MAX_TEXTS);
        }
    }
}
