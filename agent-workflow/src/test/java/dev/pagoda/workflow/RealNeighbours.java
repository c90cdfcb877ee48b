package dev.pagoda.workflow;

import dev.pagoda.gateway.api.ChatAnswer;
import dev.pagoda.gateway.api.ChatQuestion;
import dev.pagoda.gateway.api.EmbedTexts;
import dev.pagoda.gateway.api.EmbeddedTexts;
import dev.pagoda.gateway.api.Gateway;
import dev.pagoda.gateway.backend.EmbeddingModel;
import dev.pagoda.gateway.backend.OnnxEmbedder;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.telemetry.Telemetry;
import dev.pagoda.vectors.VectorStore;
import dev.pagoda.vectors.VectorStoreConfig;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The real vector store, in memory, and the real embedding models on the bus. Chat only says what it was
/// asked.
final class RealNeighbours implements AutoCloseable {
    private final Map<String, OnnxEmbedder> embedders;

    RealNeighbours() {
        embedders = Map.of(
                "all-minilm-l6-v2", new OnnxEmbedder(EmbeddingModel.ALL_MINILM_L6_V2),
                "bge-small-zh-v1.5", new OnnxEmbedder(EmbeddingModel.BGE_SMALL_ZH_V15));
    }

    void serve(Vertx vertx, Bus bus) {
        var http = new HttpFloor(vertx, _ -> Future.succeededFuture(Optional.empty()));
        var floor = new VectorStore.Floor(vertx, bus, http, new Telemetry());
        RunningModule.await(
                new VectorStore(floor, VectorStoreConfig.defaults().withoutGrpc(), Optional.empty()).start());
        bus.serve(Gateway.EMBED, (asked, _) -> vertx.executeBlocking(() -> embed(asked), false));
        bus.serve(Gateway.CHAT, (asked, _) -> Future.succeededFuture(answer(asked)));
    }

    List<float[]> embed(String model, List<String> texts) {
        return embed(new EmbedTexts(model, texts)).vectors();
    }

    private EmbeddedTexts embed(EmbedTexts asked) {
        var embedder = embedders.get(asked.model());
        if (embedder == null) {
            throw new IllegalArgumentException("there is no model " + asked.model());
        }
        var vectors = new ArrayList<float[]>();
        int tokens = 0;
        for (var text : asked.texts()) {
            var embedded = embedder.embed(text);
            vectors.add(embedded.vector());
            tokens += embedded.tokens();
        }
        return new EmbeddedTexts(asked.model(), vectors, tokens, tokens);
    }

    private static ChatAnswer answer(ChatQuestion asked) {
        return new ChatAnswer(asked.model(), "1", asked.turns().getLast().content(), true, 1, 1, 1, 1, 1);
    }

    @Override
    public void close() {
        embedders.values().forEach(OnnxEmbedder::close);
    }
}
