package dev.pagoda.vectors.grpc;

import com.google.common.util.concurrent.ListenableFuture;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.telemetry.Telemetry;
import dev.pagoda.vectors.VectorStore;
import dev.pagoda.vectors.VectorStoreConfig;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.qdrant.client.QdrantClient;
import io.qdrant.client.QdrantGrpcClient;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// A running store with its gRPC on a free port, and stock clients of it.
final class GrpcStore implements AutoCloseable {
    static final String ACME_KEY = "acme-key";
    static final String GLOBEX_KEY = "globex-key";

    private static final Principal ACME = new Principal("acme", "t", "p", "k1", Principal.Role.MEMBER);
    private static final Principal GLOBEX = new Principal("globex", "t", "p", "k2", Principal.Role.MEMBER);

    private final Vertx vertx = Vertx.vertx();
    private final VectorStore store;
    private final Telemetry telemetry = new Telemetry();

    GrpcStore(Optional<Path> home) {
        this(home, VectorStoreConfig.defaults());
    }

    GrpcStore(Optional<Path> home, VectorStoreConfig config) {
        HttpFloor http = new HttpFloor(
                vertx,
                key -> Future.succeededFuture(
                        switch (key) {
                            case ACME_KEY -> Optional.of(ACME);
                            case GLOBEX_KEY -> Optional.of(GLOBEX);
                            default -> Optional.empty();
                        }));
        store = new VectorStore(
                new VectorStore.Floor(vertx, new Bus(vertx), http, telemetry), config.withGrpc("127.0.0.1", 0), home);
        await(store.start());
    }

    int port() {
        return store.grpcPort().orElseThrow();
    }

    Telemetry telemetry() {
        return telemetry;
    }

    QdrantClient client(String key) {
        return new QdrantClient(builder().withApiKey(key).build());
    }

    QdrantGrpcClient.Builder builder() {
        return QdrantGrpcClient.newBuilder("127.0.0.1", port(), false, false).withTimeout(Duration.ofSeconds(60));
    }

    @Override
    public void close() {
        await(store.stop());
        await(vertx.close());
    }

    static <T> T get(ListenableFuture<T> future) {
        try {
            return future.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException failed) {
            throw new AssertionError(failed.getCause());
        } catch (InterruptedException | TimeoutException late) {
            throw new AssertionError(late);
        }
    }

    /// How a call was refused.
    static Status refusal(ListenableFuture<?> future) {
        try {
            throw new AssertionError("answered with " + future.get(60, TimeUnit.SECONDS));
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof StatusRuntimeException refused) {
                return refused.getStatus();
            }
            throw new AssertionError(failed.getCause());
        } catch (InterruptedException | TimeoutException late) {
            throw new AssertionError(late);
        }
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }
}
