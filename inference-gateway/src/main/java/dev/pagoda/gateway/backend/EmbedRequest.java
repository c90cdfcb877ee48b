package dev.pagoda.gateway.backend;

import io.vertx.core.Future;
import java.util.List;
import java.util.Objects;

/// Texts to be embedded as one batch.
///
/// @param requestId unique; the key of the request's usage record
/// @param model     the served embedding model's name
/// @param inputs    1 to [#MAX_INPUTS] texts
/// @param hints     what changes no answer
/// @param ranks     whether the first is a question, and the others are documents to be ranked by it
/// @param left      succeeds when nobody waits for the answer any more
public record EmbedRequest(
        String requestId, String model, List<String> inputs, Hints hints, boolean ranks, Future<Void> left) {

    /// Most texts of one request, as OpenAI allows.
    public static final int MAX_INPUTS = 2048;

    public EmbedRequest {
        Objects.requireNonNull(requestId, "requestId");
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(hints, "hints");
        Objects.requireNonNull(left, "left");
        inputs = List.copyOf(inputs);
        if (inputs.isEmpty() || inputs.size() > MAX_INPUTS) {
            throw new IllegalArgumentException(inputs.size() + " inputs are not within 1 to " + MAX_INPUTS);
        }
        if (ranks && inputs.size() < 2) {
            throw new IllegalArgumentException("there are no documents to be ranked");
        }
    }

    public EmbedRequest withModel(String other) {
        return new EmbedRequest(requestId, other, inputs, hints, ranks, left);
    }

    /// The same with other texts, as many.
    public EmbedRequest withInputs(List<String> others) {
        return new EmbedRequest(requestId, model, others, hints, ranks, left);
    }

    /// The same for somebody who may leave.
    public EmbedRequest until(Future<Void> leaves) {
        return new EmbedRequest(requestId, model, inputs, hints, ranks, leaves);
    }

    /// Of somebody who waits whatever happens, as all that follow.
    public EmbedRequest(String requestId, String model, List<String> inputs, Hints hints, boolean ranks) {
        this(requestId, model, inputs, hints, ranks, RequestService.nobodyLeaves());
    }

    public EmbedRequest(String requestId, String model, List<String> inputs, Hints hints) {
        this(requestId, model, inputs, hints, false);
    }

    public EmbedRequest(String requestId, String model, List<String> inputs) {
        this(requestId, model, inputs, Hints.none());
    }
}
