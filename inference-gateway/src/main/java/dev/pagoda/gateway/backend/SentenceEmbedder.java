package dev.pagoda.gateway.backend;

import java.util.List;

/// Turns sentences into unit vectors; sentences alike in meaning get vectors with a high dot product.
@FunctionalInterface
interface SentenceEmbedder {
    /// @return a vector a text, in order, not to be written to; may block for milliseconds a text
    List<float[]> embed(Language language, List<String> texts);
}
