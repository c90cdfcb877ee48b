package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.backend.Hints;
import dev.pagoda.gateway.backend.ResponseHeaders;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.JoinedChats;
import dev.pagoda.gateway.protocol.Parameters;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/// Answers single requests of batches, as their endpoint would.
final class BatchWork {
    /// How long one request of a batch may take.
    private static final Duration PATIENCE = Duration.ofHours(1);

    /// The tier that a batch's requests are worked on and booked at.
    static final String TIER = "batch";

    private final ChatService service;
    private final InstantSource clock;

    BatchWork(ChatService service, InstantSource clock) {
        this.service = service;
        this.clock = clock;
    }

    /// What came of a request.
    ///
    /// @param status       as over HTTP
    /// @param againSeconds when to ask again, as there was no room for the request; 0 for an answer that stays
    record Done(int status, String requestId, JsonNode body, TokenUsage usage, int againSeconds) {
        Done(int status, String requestId, JsonNode body, TokenUsage usage) {
            this(status, requestId, body, usage, 0);
        }
    }

    /// Never fails: a refusal is an answer.
    Future<Done> answer(String endpoint, String body, Call owner) {
        String id = ResponseItems.newId("batch_call_");
        Future<Done> done;
        try {
            Parameters parameters = Parameters.of(Lists.parse(body), "body");
            Call call = Call.within(owner.principal(), id, PATIENCE);
            done = switch (endpoint) {
                case "/v1/chat/completions" -> chat(parameters, call);
                case "/v1/completions" -> completion(parameters, call);
                case "/v1/responses" -> response(parameters, call);
                case "/v1/moderations" ->
                    Future.succeededFuture(
                            done(id, Moderation.answer(Moderation.Question.of(parameters)), new TokenUsage(0, 0)));
                default -> embedding(parameters, call);
            };
        } catch (RuntimeException bad) {
            done = Future.failedFuture(bad);
        }
        return done.otherwise(failure -> refused(id, failure));
    }

    private static ChatRequest tiered(ChatRequest request) {
        Hints hints = request.hints();
        return request.withHints(new Hints(
                // lower is sooner: batches wait for those who wait for answers
                Math.max(hints.priority(), 100),
                hints.sessionKey(),
                TIER,
                hints.cacheKey(),
                hints.metadata(),
                hints.adapter(),
                hints.user(),
                hints.headers()));
    }

    private Future<Done> chat(Parameters body, Call call) {
        ChatParameters parameters = ChatParameters.of(body, true, Map.of());
        var whole = new WholeChat(parameters.request().n());
        service.chat(tiered(parameters.request()), call, whole);
        return whole.ended().map(ended -> {
            var head = ChatJson.Head.of(parameters.request(), now(), ended.fingerprint());
            Buffer json = ChatJson.completion(parameters, head, ended.choices(), ended.usage());
            return done(parameters.request().requestId(), json, ended.usage());
        });
    }

    private Future<Done> completion(Parameters body, Call call) {
        CompletionParameters parameters = CompletionParameters.of(body, true, Map.of());
        var whole = new WholeChat(parameters.made() * parameters.requests().size());
        JoinedChats.begin(
                service, parameters.requests().stream().map(BatchWork::tiered).toList(), call, whole);
        ChatRequest first = parameters.requests().getFirst();
        return whole.ended().map(ended -> {
            var form = new CompletionJson(parameters, ChatJson.Head.of(first, now(), ended.fingerprint()));
            return done(first.requestId(), form.whole(ended.choices(), ended.usage()), ended.usage());
        });
    }

    private Future<Done> response(Parameters body, Call call) {
        ResponseParameters parameters = ResponseParameters.of(body, true, Map.of());
        if (!parameters.previous().isEmpty() || !parameters.conversation().isEmpty() || parameters.background()) {
            throw BadParameter.unsupported("previous_response_id", "or another state within a batch");
        }
        String id = ResponseItems.newId("resp_");
        var whole = new WholeChat(1);
        var draft = new ResponseDraft(id, now(), parameters, event -> {});
        service.chat(tiered(parameters.request(id, List.of())), call, whole);
        return whole.ended().map(ended -> {
            draft.begin();
            ended.choices().getFirst().replay(draft::add);
            draft.end(ended.choices().getFirst().reason(), ended.usage(), now());
            return new Done(200, id, draft.snapshot(), ended.usage());
        });
    }

    private Future<Done> embedding(Parameters body, Call call) {
        EmbeddingParameters parameters = EmbeddingParameters.of(body, true, Map.of());
        return service.embed(parameters.request(), call, ResponseHeaders.UNHEARD)
                .map(reply -> done(
                        parameters.request().requestId(),
                        EmbeddingJson.list(reply, parameters),
                        new TokenUsage(reply.promptTokens(), 0)));
    }

    private static Done done(String requestId, Buffer json, TokenUsage usage) {
        return new Done(200, requestId, Lists.parse(json.toString(StandardCharsets.UTF_8)), usage);
    }

    private static Done refused(String id, Throwable failure) {
        ObjectNode body;
        int status;
        int againSeconds = 0;
        if (failure instanceof BadParameter bad) {
            status = 400;
            body = Lists.parse(new String(OpenAiErrors.bytes(bad), StandardCharsets.UTF_8));
        } else {
            Refusal refusal = failure instanceof Refused refused
                    ? refused.refusal()
                    : Refusal.of(Reason.INTERNAL, "internal", "the request failed");
            status = refusal.reason().status();
            body = Lists.parse(new String(OpenAiErrors.bytes(refusal), StandardCharsets.UTF_8));
            boolean isFull = refusal.reason() == Reason.EXHAUSTED || refusal.reason() == Reason.UNAVAILABLE;
            againSeconds = isFull ? refusal.retryAfterSeconds() : 0;
        }
        return new Done(status, id, body, new TokenUsage(0, 0), againSeconds);
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }

    /// A line of a batch's output or error file.
    static ObjectNode line(String customId, Done done) {
        ObjectNode line = JsonNodeFactory.instance
                .objectNode()
                .put("id", ResponseItems.newId("batch_req_"))
                .put("custom_id", customId);
        line.putObject("response")
                .put("status_code", done.status())
                .put("request_id", done.requestId())
                .set("body", done.body());
        line.putNull("error");
        return line;
    }

    /// Of a request that was not asked in time.
    static ObjectNode expired(String customId) {
        ObjectNode line = JsonNodeFactory.instance
                .objectNode()
                .put("id", ResponseItems.newId("batch_req_"))
                .put("custom_id", customId)
                .putNull("response");
        line.putObject("error")
                .put("code", "batch_expired")
                .put("message", "This request could not be executed before the completion window expired.");
        return line;
    }
}
