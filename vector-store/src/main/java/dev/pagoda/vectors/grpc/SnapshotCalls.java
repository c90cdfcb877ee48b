package dev.pagoda.vectors.grpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.Timestamp;
import io.grpc.stub.StreamObserver;
import io.qdrant.client.grpc.SnapshotsGrpc;
import io.qdrant.client.grpc.SnapshotsService.CreateFullSnapshotRequest;
import io.qdrant.client.grpc.SnapshotsService.CreateSnapshotRequest;
import io.qdrant.client.grpc.SnapshotsService.CreateSnapshotResponse;
import io.qdrant.client.grpc.SnapshotsService.DeleteFullSnapshotRequest;
import io.qdrant.client.grpc.SnapshotsService.DeleteSnapshotRequest;
import io.qdrant.client.grpc.SnapshotsService.DeleteSnapshotResponse;
import io.qdrant.client.grpc.SnapshotsService.ListFullSnapshotsRequest;
import io.qdrant.client.grpc.SnapshotsService.ListSnapshotsRequest;
import io.qdrant.client.grpc.SnapshotsService.ListSnapshotsResponse;
import io.qdrant.client.grpc.SnapshotsService.SnapshotDescription;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Map;

/// The service that makes, lists and deletes snapshots. Their bytes travel over HTTP only, as in Qdrant.
final class SnapshotCalls extends SnapshotsGrpc.SnapshotsImplBase {
    private static final String WHOLE = "/snapshots";
    private static final String OF_COLLECTION = "/collections/:name/snapshots";

    private final Exchange exchange;

    SnapshotCalls(Exchange exchange) {
        this.exchange = exchange;
    }

    @Override
    public void create(CreateSnapshotRequest request, StreamObserver<CreateSnapshotResponse> out) {
        made(out, OF_COLLECTION, Map.of("name", request.getCollectionName()));
    }

    @Override
    public void list(ListSnapshotsRequest request, StreamObserver<ListSnapshotsResponse> out) {
        listed(out, OF_COLLECTION, Map.of("name", request.getCollectionName()));
    }

    @Override
    public void delete(DeleteSnapshotRequest request, StreamObserver<DeleteSnapshotResponse> out) {
        deleted(out, OF_COLLECTION, Map.of("name", request.getCollectionName(), "snapshot", request.getSnapshotName()));
    }

    @Override
    public void createFull(CreateFullSnapshotRequest request, StreamObserver<CreateSnapshotResponse> out) {
        made(out, WHOLE, Map.of());
    }

    @Override
    public void listFull(ListFullSnapshotsRequest request, StreamObserver<ListSnapshotsResponse> out) {
        listed(out, WHOLE, Map.of());
    }

    @Override
    public void deleteFull(DeleteFullSnapshotRequest request, StreamObserver<DeleteSnapshotResponse> out) {
        deleted(out, WHOLE, Map.of("snapshot", request.getSnapshotName()));
    }

    private void made(StreamObserver<CreateSnapshotResponse> out, String place, Map<String, String> path) {
        exchange.answer(
                out,
                turn -> CreateSnapshotResponse.newBuilder()
                        .setSnapshotDescription(
                                description(turn.ask("POST " + place, path, null, true, ConfigAnswers::tree)))
                        .setTime(turn.seconds())
                        .build());
    }

    private void listed(StreamObserver<ListSnapshotsResponse> out, String place, Map<String, String> path) {
        exchange.answer(out, turn -> {
            ListSnapshotsResponse.Builder list = ListSnapshotsResponse.newBuilder();
            for (JsonNode each : turn.ask("GET " + place, path, null, true, ConfigAnswers::tree)) {
                list.addSnapshotDescriptions(description(each));
            }
            return list.setTime(turn.seconds()).build();
        });
    }

    private void deleted(StreamObserver<DeleteSnapshotResponse> out, String place, Map<String, String> path) {
        exchange.answer(out, turn -> {
            turn.ask("DELETE " + place + "/:snapshot", path, null, true, ConfigAnswers::tree);
            return DeleteSnapshotResponse.newBuilder().setTime(turn.seconds()).build();
        });
    }

    private static SnapshotDescription description(JsonNode node) throws IOException {
        SnapshotDescription.Builder description = SnapshotDescription.newBuilder()
                .setName(node.path("name").asText())
                .setSize(node.path("size").asLong());
        if (node.hasNonNull("checksum")) {
            description.setChecksum(node.get("checksum").asText());
        }
        if (node.hasNonNull("creation_time")) {
            Instant time = time(node.get("creation_time").asText());
            description.setCreationTime(
                    Timestamp.newBuilder().setSeconds(time.getEpochSecond()).setNanos(time.getNano()));
        }
        return description.build();
    }

    /// Qdrant tells the time of a snapshot in UTC without saying so.
    private static Instant time(String text) throws IOException {
        try {
            return text.endsWith("Z")
                    ? Instant.parse(text)
                    : LocalDateTime.parse(text).toInstant(ZoneOffset.UTC);
        } catch (DateTimeException unknown) {
            throw new IOException("a snapshot's time is " + text, unknown);
        }
    }
}
