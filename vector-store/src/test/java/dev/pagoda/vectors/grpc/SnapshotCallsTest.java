package dev.pagoda.vectors.grpc;

import static dev.pagoda.vectors.grpc.GrpcStore.get;
import static dev.pagoda.vectors.grpc.GrpcStore.refusal;
import static io.qdrant.client.PointIdFactory.id;
import static io.qdrant.client.VectorsFactory.vectors;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.qdrant.client.QdrantClient;
import io.qdrant.client.grpc.Collections.Distance;
import io.qdrant.client.grpc.Collections.VectorParams;
import io.qdrant.client.grpc.Points.PointStruct;
import io.qdrant.client.grpc.SnapshotsService.SnapshotDescription;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Snapshots through the stock Java client.
class SnapshotCallsTest {
    @TempDir
    Path home;

    @Test
    void makesListsAndDeletesSnapshots() {
        try (GrpcStore store = new GrpcStore(Optional.of(home));
                QdrantClient client = store.client(GrpcStore.ACME_KEY)) {
            get(client.createCollectionAsync(
                    "docs",
                    VectorParams.newBuilder()
                            .setSize(2)
                            .setDistance(Distance.Dot)
                            .build()));
            get(client.upsertAsync(
                    "docs",
                    List.of(PointStruct.newBuilder()
                            .setId(id(1))
                            .setVectors(vectors(1, 2))
                            .build())));
            SnapshotDescription made = get(client.createSnapshotAsync("docs"));
            assertTrue(made.getSize() > 0 && made.getChecksum().matches("[0-9a-f]{64}"), made::toString);
            assertTrue(
                    Math.abs(made.getCreationTime().getSeconds() - Instant.now().getEpochSecond()) < 60,
                    made::toString);
            assertEquals(List.of(made), get(client.listSnapshotAsync("docs")));
            get(client.deleteSnapshotAsync("docs", made.getName()));
            assertEquals(List.of(), get(client.listSnapshotAsync("docs")));
            assertEquals(
                    Status.Code.NOT_FOUND,
                    refusal(client.deleteSnapshotAsync("docs", made.getName())).getCode());
            assertEquals(
                    Status.Code.NOT_FOUND,
                    refusal(client.createSnapshotAsync("nowhere")).getCode());

            SnapshotDescription whole = get(client.createFullSnapshotAsync());
            assertEquals(List.of(whole), get(client.listFullSnapshotAsync()));
            get(client.deleteFullSnapshotAsync(whole.getName()));
            assertEquals(List.of(), get(client.listFullSnapshotAsync()));
        }
    }
}
