package dev.pagoda.vectors.grpc;

import static dev.pagoda.vectors.grpc.GrpcStore.get;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.qdrant.QdrantEmbeddingStore;
import io.qdrant.client.QdrantClient;
import io.qdrant.client.grpc.Collections.Distance;
import io.qdrant.client.grpc.Collections.VectorParams;
import java.util.Optional;

/// What langchain4j's contract tests run against: its own Qdrant store in a new collection of a running server.
final class LangChainStore implements AutoCloseable {
    private static final EmbeddingModel MODEL = new AllMiniLmL6V2QuantizedEmbeddingModel();

    private final GrpcStore server = new GrpcStore(Optional.empty());
    private final QdrantClient client = server.client(GrpcStore.ACME_KEY);
    private final QdrantEmbeddingStore store;

    LangChainStore() {
        get(client.createCollectionAsync(
                "langchain",
                VectorParams.newBuilder()
                        .setSize(MODEL.dimension())
                        .setDistance(Distance.Cosine)
                        .build()));
        store = QdrantEmbeddingStore.builder()
                .client(client)
                .collectionName("langchain")
                .build();
    }

    EmbeddingStore<TextSegment> store() {
        return store;
    }

    EmbeddingModel model() {
        return MODEL;
    }

    void clear() {
        store.clearStore();
    }

    @Override
    public void close() {
        client.close();
        server.close();
    }
}
