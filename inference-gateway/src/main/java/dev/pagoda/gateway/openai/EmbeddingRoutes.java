package dev.pagoda.gateway.openai;

import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.backend.EmbedReply;
import dev.pagoda.gateway.backend.Hints;
import dev.pagoda.gateway.protocol.Departure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;

/// `/embeddings`. Large batches of vectors are written on the worker pool.
final class EmbeddingRoutes {
    /// Batches above this are written off the event loop: about 0.3 ms of work.
    private static final int INLINE_VECTORS = 16;

    private final Vertx vertx;
    private final ChatService service;
    private final boolean isStrict;

    EmbeddingRoutes(Vertx vertx, ChatService service, boolean isStrict) {
        this.vertx = vertx;
        this.service = service;
        this.isStrict = isStrict;
    }

    void mount(Surface surface) {
        surface.post("/embeddings", this::embed);
    }

    private void embed(RoutingContext ctx) {
        Map<String, String> headers = Hints.headersOf(ctx.request().headers());
        Answers.read(ctx, body -> EmbeddingParameters.of(body, isStrict, headers))
                .compose(parameters -> service.embed(
                                parameters.request().until(Departure.of(ctx)),
                                Answers.named(ctx, parameters.request().requestId()),
                                ctx.response()::putHeader)
                        .compose(reply -> written(reply, parameters)))
                .onSuccess(body -> Answers.json(ctx, body))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    private Future<Buffer> written(EmbedReply reply, EmbeddingParameters parameters) {
        if (reply.vectors().size() > INLINE_VECTORS) {
            return vertx.executeBlocking(() -> EmbeddingJson.list(reply, parameters), false);
        }
        try {
            return Future.succeededFuture(EmbeddingJson.list(reply, parameters));
        } catch (RuntimeException bad) {
            return Future.failedFuture(bad);
        }
    }
}
