package dev.pagoda.vectors.grpc;

import dev.pagoda.vectors.qdrant.LocalCalls;
import grpc.health.v1.HealthCheck;
import grpc.health.v1.HealthCheck.HealthCheckResponse.ServingStatus;
import grpc.health.v1.HealthGrpc;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.qdrant.client.grpc.QdrantGrpc;
import io.qdrant.client.grpc.QdrantOuterClass.HealthCheckReply;
import io.qdrant.client.grpc.QdrantOuterClass.HealthCheckRequest;
import java.util.Set;
import java.util.function.BooleanSupplier;

/// Who this is and whether it answers, for everybody: no key is needed.
final class Health {
    private Health() {}

    /// What clients compare their own version with.
    static final class OfQdrant extends QdrantGrpc.QdrantImplBase {
        @Override
        public void healthCheck(HealthCheckRequest request, StreamObserver<HealthCheckReply> out) {
            out.onNext(HealthCheckReply.newBuilder()
                    .setTitle(LocalCalls.TITLE)
                    .setVersion(LocalCalls.VERSION)
                    .build());
            out.onCompleted();
        }
    }

    /// The health protocol of gRPC itself.
    static final class OfGrpc extends HealthGrpc.HealthImplBase {
        /// The empty name means the server as a whole.
        private static final Set<String> SERVICES = Set.of(
                "",
                "qdrant.Points",
                "qdrant.Collections",
                "qdrant.Snapshots",
                "qdrant.Qdrant",
                "grpc.health.v1.Health");

        private final BooleanSupplier isReady;

        OfGrpc(BooleanSupplier isReady) {
            this.isReady = isReady;
        }

        @Override
        public void check(HealthCheck.HealthCheckRequest request, StreamObserver<HealthCheck.HealthCheckResponse> out) {
            if (!SERVICES.contains(request.getService())) {
                out.onError(Status.NOT_FOUND
                        .withDescription("no service is called " + request.getService())
                        .asRuntimeException());
                return;
            }
            out.onNext(HealthCheck.HealthCheckResponse.newBuilder()
                    .setStatus(isReady.getAsBoolean() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING)
                    .build());
            out.onCompleted();
        }
    }
}
