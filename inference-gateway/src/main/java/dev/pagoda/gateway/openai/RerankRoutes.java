package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.backend.EmbedReply;
import dev.pagoda.gateway.backend.EmbedRequest;
import dev.pagoda.gateway.backend.Hints;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Departure;
import dev.pagoda.gateway.protocol.Json;
import dev.pagoda.gateway.protocol.Parameters;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// `/rerank`, in the form that Cohere, Jina and vLLM share: documents ordered by how near their vectors are to the
/// question's. A cross-encoder, which reads the question with each document, gives the score itself; that of an
/// embedding model is the cosine, moved to 0 to 1. Simulated rerankers take the time of a cross-encoder.
final class RerankRoutes {
    private final ChatService service;

    RerankRoutes(ChatService service) {
        this.service = service;
    }

    void mount(Surface surface) {
        surface.post("/rerank", this::rerank);
    }

    private record Ask(EmbedRequest request, List<String> documents, int top, boolean returnDocuments) {
        static Ask of(Parameters body, Map<String, String> headers) {
            String model = body.requiredText("model");
            String query = body.requiredText("query");
            JsonNode list = body.raw("documents");
            if (!list.isArray()) {
                throw list.isMissingNode()
                        ? BadParameter.missing("documents")
                        : BadParameter.type("documents", "an array of strings or objects", list);
            }
            if (list.isEmpty()) {
                throw BadParameter.emptyArray("documents");
            }
            if (list.size() >= EmbedRequest.MAX_INPUTS) {
                throw BadParameter.longArray("documents", EmbedRequest.MAX_INPUTS - 1, list.size());
            }
            var documents = new ArrayList<String>(list.size());
            for (int i = 0; i < list.size(); i++) {
                JsonNode one = list.get(i);
                String text = one.isTextual()
                        ? one.textValue()
                        : Parameters.of(one, "documents[" + i + "]").requiredText("text");
                if (text.isEmpty()) {
                    throw BadParameter.emptyString("documents[" + i + "]");
                }
                documents.add(text);
            }
            var inputs = new ArrayList<String>(documents);
            inputs.addFirst(query);
            int top = body.integer("top_n", 1).orElse(documents.size());
            return new Ask(
                    new EmbedRequest(
                            ResponseItems.newId("rerank-"), model, inputs, HintParameters.of(body, headers), true),
                    documents,
                    Math.min(top, documents.size()),
                    !body.has("return_documents") || body.flag("return_documents"));
        }
    }

    private void rerank(RoutingContext ctx) {
        Map<String, String> headers = Hints.headersOf(ctx.request().headers());
        Answers.read(ctx, body -> Ask.of(body, headers))
                .compose(ask -> service.embed(
                                ask.request().until(Departure.of(ctx)),
                                Answers.named(ctx, ask.request().requestId()),
                                ctx.response()::putHeader)
                        .map(reply -> answer(ask, reply)))
                .onSuccess(body -> Answers.json(ctx, body))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    private static Buffer answer(Ask ask, EmbedReply reply) {
        double[] scores = new double[ask.documents().size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = reply.scores().isEmpty()
                    ? nearness(reply, i)
                    : reply.scores().get(i);
        }
        List<Integer> order = IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -scores[i]))
                .limit(ask.top())
                .toList();
        return Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("id", ask.request().requestId());
            json.writeStringField("model", reply.model());
            json.writeArrayFieldStart("results");
            for (int index : order) {
                json.writeStartObject();
                json.writeNumberField("index", index);
                json.writeNumberField("relevance_score", scores[index]);
                if (ask.returnDocuments()) {
                    json.writeObjectFieldStart("document");
                    json.writeStringField("text", ask.documents().get(index));
                    json.writeEndObject();
                }
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeObjectFieldStart("usage");
            json.writeNumberField("prompt_tokens", reply.promptTokens());
            json.writeNumberField("total_tokens", reply.promptTokens());
            json.writeEndObject();
            json.writeObjectFieldStart("meta");
            json.writeObjectFieldStart("billed_units");
            json.writeNumberField("search_units", 1);
            json.writeEndObject();
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    private static double nearness(EmbedReply reply, int document) {
        return (1 + cosine(reply.vectors().getFirst(), reply.vectors().get(document + 1))) / 2;
    }

    private static double cosine(float[] one, float[] other) {
        double dot = 0;
        double squares = 0;
        double otherSquares = 0;
        for (int i = 0; i < one.length; i++) {
            dot += (double) one[i] * other[i];
            squares += (double) one[i] * one[i];
            otherSquares += (double) other[i] * other[i];
        }
        return squares == 0 || otherSquares == 0 ? 0 : Math.clamp(dot / Math.sqrt(squares * otherSquares), -1, 1);
    }
}
