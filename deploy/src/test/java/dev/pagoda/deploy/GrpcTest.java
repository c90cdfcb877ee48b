package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.qdrant.client.PointIdFactory;
import io.qdrant.client.QdrantClient;
import io.qdrant.client.QdrantGrpcClient;
import io.qdrant.client.VectorsFactory;
import io.qdrant.client.grpc.Collections.Distance;
import io.qdrant.client.grpc.Collections.VectorParams;
import io.qdrant.client.grpc.Points.PointStruct;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Qdrant's gRPC of the whole platform, with the keys that governance knows.
@Tag("slow")
class GrpcTest {
    @Test
    void sharesCollectionsAndKeysWithHttp() throws Exception {
        try (RunningPlatform platform = RunningPlatform.ephemeral();
                QdrantClient client = client(platform.grpcPort(), platform.key());
                QdrantClient stranger = client(platform.grpcPort(), "sk-nobody");
                QdrantClient other = client(platform.grpcPort(), platform.keyOfNewTenant("grpc-other"))) {
            client.createCollectionAsync(
                            "both",
                            VectorParams.newBuilder()
                                    .setSize(2)
                                    .setDistance(Distance.Cosine)
                                    .build())
                    .get();
            client.upsertAsync(
                            "both",
                            List.of(PointStruct.newBuilder()
                                    .setId(PointIdFactory.id(7))
                                    .setVectors(VectorsFactory.vectors(3, 4))
                                    .build()))
                    .get();
            assertEquals(
                    "[0.6,0.8]",
                    platform.get("/collections/both/points/7")
                            .json()
                            .at("/result/vector")
                            .toString());
            assertTrue(other.listCollectionsAsync().get().stream().noneMatch("both"::equals));
            ExecutionException refused = assertThrows(
                    ExecutionException.class,
                    () -> stranger.listCollectionsAsync().get());
            assertEquals(
                    Status.Code.UNAUTHENTICATED,
                    assertInstanceOf(StatusRuntimeException.class, refused.getCause())
                            .getStatus()
                            .getCode());
        }
    }

    @Test
    void refusesToStartWhenItsOwnGrpcPortIsTaken() {
        try (RunningPlatform first = RunningPlatform.ephemeral()) {
            Config config = Config.defaults();
            Config same = config.withHttp(config.http().withPort(0))
                    .withVectors(config.vectors().withGrpc("127.0.0.1", first.grpcPort()));
            StartRefused refused = assertThrows(StartRefused.class, () -> Platform.start(same, Optional.empty()));
            String told = String.valueOf(refused.getMessage());
            assertTrue(told.contains("gRPC port " + first.grpcPort()), told);
        }
    }

    private static QdrantClient client(int port, String key) {
        return new QdrantClient(QdrantGrpcClient.newBuilder("127.0.0.1", port, false, false)
                .withApiKey(key)
                .build());
    }
}
