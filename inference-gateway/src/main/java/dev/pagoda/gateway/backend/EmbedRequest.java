package dev.pagoda.gateway.backend;

import java.util.List;
import java.util.Objects;

/// Texts to be embedded as one batch.
///
/// @param requestId unique; the key of the request's usage record
/// @param model     the served embedding model's name
/// @param inputs    1 to [#MAX_INPUTS] texts
/// @param hints     what changes no answer
/// @param ranks     whether the first is a question, and the others are documents to be ranked by it
public record EmbedRequest(String requestId, String model, List<String> inputs, Hints hints, boolean ranks) {

    /// Most texts of one request, as OpenAI allows.
    public static final int MAX_INPUTS = 2048;

    public EmbedRequest {
        Objects.requireNonNull(requestId, "requestId");
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(hints, "hints");
        inputs = List.copyOf(inputs);
        if (inputs.isEmpty() || inputs.size() > MAX_INPUTS) {
            throw new IllegalArgumentException(inputs.size() + " inputs are not within 1 to " + MAX_INPUTS);
        }
    }

    public EmbedRequest withModel(String other) {
        return new EmbedRequest(requestId, other, inputs, hints, ranks);
    }

    public EmbedRequest(String requestId, String model, List<String> inputs, Hints hints) {
        this(requestId, model, inputs, hints, false);
    }

    public EmbedRequest(String requestId, String model, List<String> inputs) {
        this(requestId, model, inputs, Hints.none());
    }
}
