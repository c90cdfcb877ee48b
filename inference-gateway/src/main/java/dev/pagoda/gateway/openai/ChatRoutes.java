package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.backend.Hints;
import dev.pagoda.gateway.protocol.ChatOutput;
import dev.pagoda.gateway.protocol.Exchanges;
import dev.pagoda.gateway.protocol.JoinedChats;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.http.HttpFloor;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Map;

/// `/chat/completions`, `/completions` and `/moderations`.
///
/// A body is checked as a whole before a backend hears of it. A client that leaves, or reads too slowly, ends its chat
/// at once.
final class ChatRoutes {
    private final ChatService service;
    private final Exchanges exchanges;
    private final StoredChats stored;
    private final InstantSource clock;
    private final boolean isStrict;

    ChatRoutes(ChatService service, Exchanges exchanges, StoredChats stored, InstantSource clock, boolean isStrict) {
        this.service = service;
        this.exchanges = exchanges;
        this.stored = stored;
        this.clock = clock;
        this.isStrict = isStrict;
    }

    void mount(Surface surface) {
        surface.post("/chat/completions", this::chat)
                .post("/completions", this::completion)
                .post("/moderations", this::moderation);
    }

    private void chat(RoutingContext ctx) {
        Map<String, String> headers = Hints.headersOf(ctx.request().headers());
        // map, not onSuccess: what begin throws must become an answer
        Answers.readChat(ctx, body -> new Asked(ChatParameters.of(body, isStrict, headers), body.node()))
                .map(asked -> {
                    begin(ctx, asked);
                    return asked;
                })
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    /// @param body as it was sent
    private record Asked(ChatParameters parameters, JsonNode body) {}

    private void begin(RoutingContext ctx, Asked asked) {
        long created = clock.instant().getEpochSecond();
        ChatParameters parameters = asked.parameters();
        ChatRequest request = parameters.request();
        exchanges.begin(ctx, request, Answers.named(ctx, request.requestId()), giveUp -> {
            ChatOutput output = parameters.stream()
                    ? new StreamOutput(ctx, parameters, created, exchanges.writer(ctx, giveUp))
                    : new WholeOutput(ctx, parameters, created);
            return parameters.isStored()
                    ? new KeptOutput(output, request.n(), ended -> keep(ctx, asked, created, ended))
                    : output;
        });
    }

    private Future<Void> keep(RoutingContext ctx, Asked asked, long created, KeptOutput.Ended ended) {
        var head = ChatJson.Head.of(asked.parameters().request(), created, ended.fingerprint());
        Buffer completion = ChatJson.completion(asked.parameters(), head, ended.choices(), ended.usage());
        return stored.keep(
                HttpFloor.call(ctx).tenant(),
                Lists.parse(completion.toString(StandardCharsets.UTF_8)),
                head.id(),
                asked.body());
    }

    private void completion(RoutingContext ctx) {
        Map<String, String> headers = Hints.headersOf(ctx.request().headers());
        Answers.read(ctx, body -> CompletionParameters.of(body, isStrict, headers))
                .map(parameters -> {
                    long created = clock.instant().getEpochSecond();
                    Call call =
                            Answers.named(ctx, parameters.requests().getFirst().requestId());
                    exchanges.begin(
                            ctx,
                            listener -> JoinedChats.begin(service, parameters.requests(), call, listener),
                            giveUp -> new CompletionOutput(
                                    ctx,
                                    parameters,
                                    created,
                                    parameters.stream() ? exchanges.writer(ctx, giveUp) : null));
                    return parameters;
                })
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    private void moderation(RoutingContext ctx) {
        Answers.read(ctx, Moderation.Question::of)
                .map(Moderation::answer)
                .onSuccess(body -> Answers.json(ctx, body))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }
}
