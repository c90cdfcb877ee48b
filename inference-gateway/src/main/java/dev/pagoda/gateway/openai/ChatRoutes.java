package dev.pagoda.gateway.openai;

import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.backend.Hints;
import dev.pagoda.gateway.protocol.Exchanges;
import dev.pagoda.gateway.protocol.JoinedChats;
import dev.pagoda.governance.bus.Call;
import io.vertx.ext.web.RoutingContext;
import java.time.InstantSource;
import java.util.Map;

/// `/chat/completions`, `/completions` and `/moderations`.
///
/// A body is checked as a whole before a backend hears of it. A client that leaves, or reads too slowly, ends its chat
/// at once.
final class ChatRoutes {
    private final ChatService service;
    private final Exchanges exchanges;
    private final InstantSource clock;
    private final boolean isStrict;

    ChatRoutes(ChatService service, Exchanges exchanges, InstantSource clock, boolean isStrict) {
        this.service = service;
        this.exchanges = exchanges;
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
        Answers.read(ctx, body -> ChatParameters.of(body, isStrict, headers))
                .map(parameters -> {
                    begin(ctx, parameters);
                    return parameters;
                })
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    private void begin(RoutingContext ctx, ChatParameters parameters) {
        long created = clock.instant().getEpochSecond();
        ChatRequest request = parameters.request();
        exchanges.begin(
                ctx,
                request,
                Answers.named(ctx, request.requestId()),
                giveUp -> parameters.stream()
                        ? new StreamOutput(ctx, parameters, created, exchanges.writer(ctx, giveUp))
                        : new WholeOutput(ctx, parameters, created));
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
