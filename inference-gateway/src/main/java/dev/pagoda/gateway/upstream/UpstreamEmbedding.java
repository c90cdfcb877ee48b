package dev.pagoda.gateway.upstream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.backend.EmbedReply;
import dev.pagoda.gateway.backend.EmbedRequest;
import dev.pagoda.gateway.backend.RequestService.GivenUp;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// Texts of one request on their way through OpenAI's `/embeddings` of another server. Vectors are as it tells them.
final class UpstreamEmbedding implements UpstreamListener {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final EmbedRequest request;
    private final Promise<EmbedReply> answer = Promise.promise();
    private Outcome outcome = Outcome.NOTHING;

    UpstreamEmbedding(EmbedRequest request) {
        this.request = request;
    }

    /// @throws Refused `INVALID` for documents to be ranked
    static byte[] question(EmbedRequest request) {
        if (request.ranks()) {
            throw new Refused(
                    Reason.INVALID, "unsupported_model", "no documents are ranked by a model of another server");
        }
        ObjectNode body = JSON.createObjectNode().put("model", request.model());
        ArrayNode inputs = body.putArray("input");
        request.inputs().forEach(inputs::add);
        return body.put("encoding_format", "float").toString().getBytes(StandardCharsets.UTF_8);
    }

    Promise<EmbedReply> answer() {
        return answer;
    }

    /// What it used, once it is answered.
    Outcome outcome() {
        return outcome;
    }

    void leave(Outcome delivered) {
        outcome = delivered;
        answer.tryFail(GivenUp.after(Math.toIntExact(delivered.promptTokens())));
    }

    @Override
    public void onWhole(Head head, Buffer body, Outcome used) {
        outcome = used;
        if (head.status() != 200) {
            answer.tryFail(AnswerReader.refusal(head.status(), body).asException());
            return;
        }
        try {
            answer.tryComplete(new EmbedReply(
                    request.model(), vectors(JSON.readTree(body.getBytes())), Math.toIntExact(used.promptTokens())));
        } catch (IOException | IllegalStateException broken) {
            answer.tryFail(new Refused(
                    Reason.UNAVAILABLE, "upstream_refused", "the server's embeddings cannot be read: " + broken));
        }
    }

    private List<float[]> vectors(JsonNode told) {
        float[][] vectors = new float[request.inputs().size()][];
        for (JsonNode entry : told.path("data")) {
            int index = entry.path("index").asInt(-1);
            JsonNode values = entry.path("embedding");
            if (index < 0 || index >= vectors.length || !values.isArray() || values.isEmpty()) {
                throw new IllegalStateException("an entry has no index or no vector");
            }
            float[] vector = new float[values.size()];
            for (int i = 0; i < vector.length; i++) {
                vector[i] = values.get(i).floatValue();
            }
            vectors[index] = vector;
        }
        if (Arrays.stream(vectors).anyMatch(vector -> vector == null)) {
            throw new IllegalStateException("a text has no vector");
        }
        return List.of(vectors);
    }

    @Override
    public void onStart(Head head) {
        answer.tryFail(new Refused(Reason.UNAVAILABLE, "upstream_refused", "the server answered with events"));
    }

    @Override
    public void onEvents(Buffer events) {}

    @Override
    public void onEnd(Outcome used) {
        outcome = used;
    }

    @Override
    public void onFailure(Refusal refusal, Outcome used) {
        outcome = used;
        answer.tryFail(refusal.asException());
    }
}
