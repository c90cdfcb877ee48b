package dev.pagoda.deploy.bench;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import io.qdrant.client.ConditionFactory;
import io.qdrant.client.PointIdFactory;
import io.qdrant.client.ValueFactory;
import io.qdrant.client.grpc.Collections.CollectionInfo;
import io.qdrant.client.grpc.Collections.CollectionStatus;
import io.qdrant.client.grpc.Collections.CreateCollection;
import io.qdrant.client.grpc.Collections.DeleteCollection;
import io.qdrant.client.grpc.Collections.Distance;
import io.qdrant.client.grpc.Collections.GetCollectionInfoRequest;
import io.qdrant.client.grpc.Collections.VectorParams;
import io.qdrant.client.grpc.Collections.VectorsConfig;
import io.qdrant.client.grpc.CollectionsGrpc;
import io.qdrant.client.grpc.CollectionsGrpc.CollectionsFutureStub;
import io.qdrant.client.grpc.Common.Filter;
import io.qdrant.client.grpc.Points.CreateFieldIndexCollection;
import io.qdrant.client.grpc.Points.DenseVector;
import io.qdrant.client.grpc.Points.FieldType;
import io.qdrant.client.grpc.Points.PointStruct;
import io.qdrant.client.grpc.Points.Query;
import io.qdrant.client.grpc.Points.QueryPoints;
import io.qdrant.client.grpc.Points.QueryResponse;
import io.qdrant.client.grpc.Points.SearchParams;
import io.qdrant.client.grpc.Points.UpsertPoints;
import io.qdrant.client.grpc.Points.Vector;
import io.qdrant.client.grpc.Points.VectorInput;
import io.qdrant.client.grpc.Points.Vectors;
import io.qdrant.client.grpc.PointsGrpc;
import io.qdrant.client.grpc.PointsGrpc.PointsFutureStub;
import io.qdrant.client.grpc.QdrantGrpc;
import io.qdrant.client.grpc.QdrantOuterClass.HealthCheckRequest;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// Qdrant over gRPC: one connection, on which several requests may be under way.
final class GrpcWire implements QdrantWire {
    private static final Metadata.Key<String> API_KEY = Metadata.Key.of("api-key", Metadata.ASCII_STRING_MARSHALLER);
    private static final int TIMEOUT_MINUTES = 5;

    private final ManagedChannel channel;
    private final String apiKey;

    /// @param apiKey empty: none is sent
    GrpcWire(String host, int port, boolean isTls, String apiKey) {
        ManagedChannelBuilder<?> builder = ManagedChannelBuilder.forAddress(host, port);
        this.channel = (isTls ? builder.useTransportSecurity() : builder.usePlaintext()).build();
        this.apiKey = apiKey;
    }

    private <S extends AbstractStub<S>> S ready(S stub) {
        S timely = stub.withDeadlineAfter(TIMEOUT_MINUTES, TimeUnit.MINUTES);
        if (apiKey.isEmpty()) {
            return timely;
        }
        Metadata headers = new Metadata();
        headers.put(API_KEY, apiKey);
        return timely.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    private CollectionsFutureStub collections() {
        return ready(CollectionsGrpc.newFutureStub(channel));
    }

    private PointsFutureStub points() {
        return ready(PointsGrpc.newFutureStub(channel));
    }

    private static <T> CompletableFuture<T> of(ListenableFuture<T> call) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Futures.addCallback(
                call,
                new FutureCallback<>() {
                    @Override
                    public void onSuccess(T answer) {
                        result.complete(answer);
                    }

                    @Override
                    public void onFailure(Throwable refused) {
                        result.completeExceptionally(new QdrantFailed("gRPC: " + refused.getMessage()));
                    }
                },
                MoreExecutors.directExecutor());
        return result;
    }

    @Override
    public String label() {
        return "grpc";
    }

    @Override
    public CompletableFuture<String> version() {
        return of(ready(QdrantGrpc.newFutureStub(channel)).healthCheck(HealthCheckRequest.getDefaultInstance()))
                .thenApply(reply -> reply.getTitle() + " " + reply.getVersion());
    }

    @Override
    public CompletableFuture<Void> create(String collection, int dimensions, QdrantDistance distance) {
        VectorParams params = VectorParams.newBuilder()
                .setSize(dimensions)
                .setDistance(
                        switch (distance) {
                            case COSINE -> Distance.Cosine;
                            case DOT -> Distance.Dot;
                            case EUCLID -> Distance.Euclid;
                        })
                .build();
        CompletableFuture<?> made = of(collections()
                .create(CreateCollection.newBuilder()
                        .setCollectionName(collection)
                        .setVectorsConfig(VectorsConfig.newBuilder().setParams(params))
                        .build()));
        for (ResultTag tag : QdrantData.TAGS) {
            if (tag.modulus() > 1) {
                made = made.thenCompose(_ -> of(points().createFieldIndex(CreateFieldIndexCollection.newBuilder()
                        .setCollectionName(collection)
                        .setFieldName(QdrantWire.field(tag))
                        .setFieldType(FieldType.FieldTypeInteger)
                        .setWait(true)
                        .build())));
            }
        }
        return made.thenAccept(_ -> {});
    }

    @Override
    public CompletableFuture<Void> upsert(String collection, float[][] base, int from, int to) {
        UpsertPoints.Builder upsert =
                UpsertPoints.newBuilder().setCollectionName(collection).setWait(true);
        for (int row = from; row < to; row++) {
            PointStruct.Builder point = PointStruct.newBuilder()
                    .setId(PointIdFactory.id(row))
                    .setVectors(
                            Vectors.newBuilder().setVector(Vector.newBuilder().setDense(dense(base[row]))));
            for (ResultTag tag : QdrantData.TAGS) {
                if (tag.modulus() > 1) {
                    point.putPayload(QdrantWire.field(tag), ValueFactory.value((long) row % tag.modulus()));
                }
            }
            upsert.addPoints(point);
        }
        return of(points().upsert(upsert.build())).thenAccept(_ -> {});
    }

    private static DenseVector dense(float[] values) {
        DenseVector.Builder dense = DenseVector.newBuilder();
        for (float value : values) {
            dense.addData(value);
        }
        return dense.build();
    }

    @Override
    public CompletableFuture<State> state(String collection) {
        return of(collections()
                        .get(GetCollectionInfoRequest.newBuilder()
                                .setCollectionName(collection)
                                .build()))
                .thenApply(answer -> {
                    CollectionInfo info = answer.getResult();
                    return new State(
                            info.getStatus() == CollectionStatus.Green,
                            info.getPointsCount(),
                            info.getIndexedVectorsCount());
                });
    }

    @Override
    public Question question(String collection, float[] query, ResultTag tag, OptionalInt ef) {
        QueryPoints.Builder asked = QueryPoints.newBuilder()
                .setCollectionName(collection)
                .setQuery(Query.newBuilder().setNearest(VectorInput.newBuilder().setDense(dense(query))))
                .setLimit(QdrantData.LIMIT);
        if (ef.isPresent()) {
            asked.setParams(SearchParams.newBuilder().setHnswEf(ef.getAsInt()));
        }
        if (tag.modulus() > 1) {
            asked.setFilter(
                    Filter.newBuilder().addMust(ConditionFactory.match(QdrantWire.field(tag), ResultTag.REMAINDER)));
        }
        QueryPoints ready = asked.build();
        return () -> of(points().query(ready)).thenApply(GrpcWire::ids);
    }

    private static int[] ids(QueryResponse answer) {
        return answer.getResultList().stream()
                .mapToInt(point -> (int) point.getId().getNum())
                .toArray();
    }

    @Override
    public CompletableFuture<Void> drop(String collection) {
        return of(collections()
                        .delete(DeleteCollection.newBuilder()
                                .setCollectionName(collection)
                                .build()))
                .thenAccept(_ -> {});
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
