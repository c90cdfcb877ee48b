package dev.pagoda.vectors.grpc;

import static dev.pagoda.vectors.grpc.GrpcStore.get;
import static dev.pagoda.vectors.grpc.GrpcStore.refusal;
import static io.qdrant.client.PointIdFactory.id;
import static io.qdrant.client.QueryFactory.nearest;
import static io.qdrant.client.ValueFactory.value;
import static io.qdrant.client.VectorsFactory.vectors;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.qdrant.client.QdrantClient;
import io.qdrant.client.grpc.Collections.CreateCollection;
import io.qdrant.client.grpc.Collections.Distance;
import io.qdrant.client.grpc.Collections.VectorParams;
import io.qdrant.client.grpc.Collections.VectorsConfig;
import io.qdrant.client.grpc.JsonWithInt.Value;
import io.qdrant.client.grpc.Points.PointStruct;
import io.qdrant.client.grpc.Points.QueryPoints;
import io.qdrant.client.grpc.Points.UpsertPoints;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Points that expire, through the stock Java client.
class ExpiryCallsTest {
    private final GrpcStore store = new GrpcStore(Optional.empty());
    private final QdrantClient client = store.client(GrpcStore.ACME_KEY);

    @AfterEach
    void stop() {
        client.close();
        store.close();
    }

    private static CreateCollection docs(Value key) {
        VectorParams plain =
                VectorParams.newBuilder().setSize(2).setDistance(Distance.Dot).build();
        return CreateCollection.newBuilder()
                .setCollectionName("docs")
                .setVectorsConfig(VectorsConfig.newBuilder().setParams(plain))
                .putMetadata("pagoda.ttl_key", key)
                .build();
    }

    private static PointStruct point(long id, Map<String, Value> payload) {
        return PointStruct.newBuilder()
                .setId(id(id))
                .setVectors(vectors(1, (float) id))
                .putAllPayload(payload)
                .build();
    }

    @Test
    void pointsWhoseTimeIsOverAreGone() {
        get(client.createCollectionAsync(docs(value("until"))));
        get(client.upsertAsync(UpsertPoints.newBuilder()
                .setCollectionName("docs")
                .setWait(true)
                .addPoints(point(1, Map.of("until", value(1_500_000_000L))))
                .addPoints(point(2, Map.of("until", value("2999-12-31T00:00:00Z"))))
                .addPoints(point(3, Map.of()))
                .addPoints(point(4, Map.of("until", value("2001-01-01"))))
                .build()));
        assertEquals(2, get(client.countAsync("docs")));
        assertTrue(get(client.retrieveAsync("docs", id(1), true, true, null)).isEmpty());
        assertEquals(
                List.of(id(3), id(2)),
                get(client.queryAsync(QueryPoints.newBuilder()
                                .setCollectionName("docs")
                                .setQuery(nearest(0, 1))
                                .build()))
                        .stream()
                        .map(point -> point.getId())
                        .toList());
        assertEquals(
                Status.Code.NOT_FOUND,
                refusal(client.queryAsync(QueryPoints.newBuilder()
                                .setCollectionName("docs")
                                .setQuery(nearest(id(4)))
                                .build()))
                        .getCode());
    }

    @Test
    void aKeyThatIsNoneIsRefused() {
        Status refused = refusal(client.createCollectionAsync(docs(value(7L))));
        assertEquals(Status.Code.INVALID_ARGUMENT, refused.getCode());
        assertTrue(
                String.valueOf(refused.getDescription()).contains("must be the key of a payload"), refused::toString);
    }
}
