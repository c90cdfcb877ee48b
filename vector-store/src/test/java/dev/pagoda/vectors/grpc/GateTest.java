package dev.pagoda.vectors.grpc;

import static dev.pagoda.vectors.grpc.GrpcStore.get;
import static dev.pagoda.vectors.grpc.GrpcStore.refusal;
import static io.qdrant.client.PointIdFactory.id;
import static io.qdrant.client.ValueFactory.value;
import static io.qdrant.client.VectorsFactory.vectors;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.telemetry.Telemetry;
import dev.pagoda.vectors.VectorStore;
import dev.pagoda.vectors.VectorStoreConfig;
import grpc.health.v1.HealthCheck.HealthCheckRequest;
import grpc.health.v1.HealthCheck.HealthCheckResponse.ServingStatus;
import grpc.health.v1.HealthGrpc;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.qdrant.client.QdrantClient;
import io.qdrant.client.grpc.Collections.Distance;
import io.qdrant.client.grpc.Collections.ListCollectionsRequest;
import io.qdrant.client.grpc.Collections.VectorParams;
import io.qdrant.client.grpc.CollectionsGrpc;
import io.qdrant.client.grpc.Points.PointStruct;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Who gets in, and what is too much.
class GateTest {
    private final GrpcStore store = new GrpcStore(Optional.empty());

    @AfterEach
    void stop() {
        store.close();
    }

    @Test
    void tellsWhoItIsToEverybody() {
        try (QdrantClient nobody = new QdrantClient(store.builder().build())) {
            var reply = get(nobody.healthCheckAsync());
            assertEquals("qdrant - vector search engine", reply.getTitle());
            assertEquals("1.19.0", reply.getVersion());
            var health = HealthGrpc.newFutureStub(nobody.grpcClient().channel());
            assertEquals(
                    ServingStatus.SERVING,
                    get(health.check(HealthCheckRequest.getDefaultInstance())).getStatus());
            assertEquals(
                    Status.Code.NOT_FOUND,
                    refusal(health.check(HealthCheckRequest.newBuilder()
                                    .setService("elsewhere")
                                    .build()))
                            .getCode());
        }
    }

    @Test
    void asksForAValidKey() {
        try (QdrantClient nobody = new QdrantClient(store.builder().build());
                QdrantClient stranger = store.client("wrong");
                QdrantClient bearer = new QdrantClient(store.builder()
                        .withHeaders(Map.of("authorization", "Bearer " + GrpcStore.ACME_KEY))
                        .build())) {
            Status missing = refusal(nobody.listCollectionsAsync());
            assertEquals(Status.Code.UNAUTHENTICATED, missing.getCode());
            assertTrue(String.valueOf(missing.getDescription()).startsWith("Forbidden: "), missing::toString);
            assertEquals(
                    Status.Code.UNAUTHENTICATED,
                    refusal(stranger.listCollectionsAsync()).getCode());
            assertEquals(List.of(), get(bearer.listCollectionsAsync()));
        }
    }

    @Test
    @Tag("slow")
    void refusesAMessageThatIsTooLong() {
        try (QdrantClient client = store.client(GrpcStore.ACME_KEY)) {
            get(client.createCollectionAsync(
                    "docs",
                    VectorParams.newBuilder()
                            .setSize(2)
                            .setDistance(Distance.Dot)
                            .build()));
            PointStruct large = PointStruct.newBuilder()
                    .setId(id(1))
                    .setVectors(vectors(1, 2))
                    .putPayload("text", value("x".repeat(33 << 20)))
                    .build();
            assertEquals(
                    Status.Code.RESOURCE_EXHAUSTED,
                    refusal(client.upsertAsync("docs", List.of(large))).getCode());
            assertEquals(0, get(client.countAsync("docs")));
            // it would wait for the rest of the long message to be sent
            client.grpcClient().channel().shutdownNow();
        }
    }

    @Test
    void endsWithTheCallersDeadline() {
        try (QdrantClient client = store.client(GrpcStore.ACME_KEY)) {
            var late = client.grpcClient()
                    .collections()
                    .withDeadlineAfter(1, TimeUnit.NANOSECONDS)
                    .list(ListCollectionsRequest.getDefaultInstance());
            assertEquals(Status.Code.DEADLINE_EXCEEDED, refusal(late).getCode());
        }
    }

    @Test
    @Tag("slow")
    void takesNewCallsAfterOthersWereCancelled() {
        try (QdrantClient client = store.client(GrpcStore.ACME_KEY)) {
            for (int i = 0; i < 2 * Gate.MAX_IN_FLIGHT; i++) {
                Context.CancellableContext context = Context.current().withCancellation();
                context.run(() -> {
                    var _ = client.listCollectionsAsync();
                });
                context.cancel(null);
            }
            assertEquals(List.of(), get(client.listCollectionsAsync()));
        }
    }

    @Test
    @Tag("slow")
    void endsACallWhoseMessageDoesNotCome() throws InterruptedException {
        VectorStoreConfig config = VectorStoreConfig.defaults();
        VectorStoreConfig impatient = new VectorStoreConfig(
                config.searchThreads(),
                config.searchQueue(),
                config.writeThreads(),
                config.writeQueue(),
                config.maxBodyBytes(),
                Duration.ofSeconds(1),
                config.checkpointBytes(),
                config.maintenanceInterval(),
                config.maxCollectionsPerTenant(),
                config.recallShare(),
                config.externalUrl(),
                config.externalApiKey(),
                config.grpcHost(),
                config.grpcPort(),
                config.snapshotHosts());
        try (GrpcStore hurried = new GrpcStore(Optional.empty(), impatient);
                QdrantClient client = hurried.client(GrpcStore.ACME_KEY)) {
            Metadata key = new Metadata();
            key.put(Metadata.Key.of("api-key", Metadata.ASCII_STRING_MARSHALLER), GrpcStore.ACME_KEY);
            BlockingQueue<Status> ends = new ArrayBlockingQueue<>(1);
            // a client that streams sends the headers of a call before its first message
            var method = CollectionsGrpc.getListMethod().toBuilder()
                    .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                    .build();
            var call = client.grpcClient().channel().newCall(method, CallOptions.DEFAULT);
            call.start(
                    new ClientCall.Listener<>() {
                        @Override
                        public void onClose(Status status, Metadata trailers) {
                            ends.add(status);
                        }
                    },
                    key);
            Status end = ends.poll(60, TimeUnit.SECONDS);
            assertEquals(Status.Code.DEADLINE_EXCEEDED, end == null ? null : end.getCode());
            assertEquals(List.of(), get(client.listCollectionsAsync()));
        }
    }

    @Test
    void timesEachCall() {
        try (QdrantClient client = store.client(GrpcStore.ACME_KEY)) {
            get(client.listCollectionsAsync());
            assertEquals(
                    1,
                    store.telemetry()
                            .meters()
                            .get("pagoda.vectors.grpc")
                            .tag("method", "qdrant.Collections/List")
                            .tag("status", "OK")
                            .timer()
                            .count());
        }
    }

    @Test
    void countsEachCallInTheFiguresOfQdrant() {
        try (QdrantClient client = store.client(GrpcStore.ACME_KEY)) {
            get(client.listCollectionsAsync());
            refusal(client.countAsync("nowhere"));
            String figures = store.telemetry().scrape();
            assertTrue(
                    figures.contains("grpc_responses_total{endpoint=\"/qdrant.Collections/List\",status=\"0\"} 1"),
                    figures);
            assertTrue(
                    figures.contains("grpc_responses_total{endpoint=\"/qdrant.Points/Count\",status=\"5\"} 1"),
                    figures);
        }
    }

    /// Whether this test or another program has the default port, it is taken.
    @Test
    void doesWithoutGrpcWhenTheDefaultPortIsTaken() throws IOException {
        Vertx vertx = Vertx.vertx();
        try (ServerSocket other = new ServerSocket()) {
            try {
                other.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 6334));
            } catch (BindException taken) {
                assertTrue(taken.toString().contains("in use"), taken::toString);
            }
            VectorStore second = new VectorStore(
                    new VectorStore.Floor(vertx, new Bus(vertx), nobody(vertx), new Telemetry()),
                    VectorStoreConfig.defaults(),
                    Optional.empty());
            second.start()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .orTimeout(60, TimeUnit.SECONDS)
                    .join();
            assertTrue(second.isReady() && second.grpcPort().isEmpty());
            second.stop().toCompletionStage().toCompletableFuture().join();
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    private static HttpFloor nobody(Vertx vertx) {
        return new HttpFloor(vertx, _ -> Future.succeededFuture(Optional.empty()));
    }

    @Test
    void refusesToStartOnATakenPort() throws IOException {
        Vertx vertx = Vertx.vertx();
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            VectorStore second = new VectorStore(
                    new VectorStore.Floor(vertx, new Bus(vertx), nobody(vertx), new Telemetry()),
                    VectorStoreConfig.defaults().withGrpc("127.0.0.1", other.getLocalPort()),
                    Optional.empty());
            var started = second.start().toCompletionStage().toCompletableFuture();
            CompletionException refused = assertThrows(
                    CompletionException.class,
                    () -> started.orTimeout(60, TimeUnit.SECONDS).join());
            String told = String.valueOf(
                    assertInstanceOf(BindException.class, refused.getCause()).getMessage());
            assertTrue(told.contains("gRPC port " + other.getLocalPort()) && told.contains("vectors.grpcPort"), told);
            assertTrue(!second.isReady() && second.grpcPort().isEmpty());
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }
}
