package dev.pagoda.vectors.grpc;

import static dev.pagoda.vectors.grpc.ValueTokens.list;

import dev.pagoda.vectors.grpc.Exchange.Turn;
import dev.pagoda.vectors.qdrant.LocalCalls;
import io.grpc.stub.StreamObserver;
import io.qdrant.client.grpc.Points.BatchResult;
import io.qdrant.client.grpc.Points.ClearPayloadPoints;
import io.qdrant.client.grpc.Points.CountPoints;
import io.qdrant.client.grpc.Points.CountResponse;
import io.qdrant.client.grpc.Points.CountResult;
import io.qdrant.client.grpc.Points.CreateFieldIndexCollection;
import io.qdrant.client.grpc.Points.CreateVectorNameRequest;
import io.qdrant.client.grpc.Points.DeleteFieldIndexCollection;
import io.qdrant.client.grpc.Points.DeletePayloadPoints;
import io.qdrant.client.grpc.Points.DeletePointVectors;
import io.qdrant.client.grpc.Points.DeletePoints;
import io.qdrant.client.grpc.Points.DeleteVectorNameRequest;
import io.qdrant.client.grpc.Points.DiscoverBatchPoints;
import io.qdrant.client.grpc.Points.DiscoverBatchResponse;
import io.qdrant.client.grpc.Points.DiscoverPoints;
import io.qdrant.client.grpc.Points.DiscoverResponse;
import io.qdrant.client.grpc.Points.FacetCounts;
import io.qdrant.client.grpc.Points.FacetResponse;
import io.qdrant.client.grpc.Points.GetPoints;
import io.qdrant.client.grpc.Points.GetResponse;
import io.qdrant.client.grpc.Points.GroupsResult;
import io.qdrant.client.grpc.Points.PointsOperationResponse;
import io.qdrant.client.grpc.Points.QueryBatchPoints;
import io.qdrant.client.grpc.Points.QueryBatchResponse;
import io.qdrant.client.grpc.Points.QueryGroupsResponse;
import io.qdrant.client.grpc.Points.QueryPointGroups;
import io.qdrant.client.grpc.Points.QueryPoints;
import io.qdrant.client.grpc.Points.QueryResponse;
import io.qdrant.client.grpc.Points.ReadConsistency;
import io.qdrant.client.grpc.Points.RecommendBatchPoints;
import io.qdrant.client.grpc.Points.RecommendBatchResponse;
import io.qdrant.client.grpc.Points.RecommendGroupsResponse;
import io.qdrant.client.grpc.Points.RecommendPointGroups;
import io.qdrant.client.grpc.Points.RecommendPoints;
import io.qdrant.client.grpc.Points.RecommendResponse;
import io.qdrant.client.grpc.Points.ScoredPoint;
import io.qdrant.client.grpc.Points.ScrollPoints;
import io.qdrant.client.grpc.Points.ScrollResponse;
import io.qdrant.client.grpc.Points.SearchBatchPoints;
import io.qdrant.client.grpc.Points.SearchBatchResponse;
import io.qdrant.client.grpc.Points.SearchGroupsResponse;
import io.qdrant.client.grpc.Points.SearchMatrixOffsetsResponse;
import io.qdrant.client.grpc.Points.SearchMatrixPairsResponse;
import io.qdrant.client.grpc.Points.SearchMatrixPoints;
import io.qdrant.client.grpc.Points.SearchPointGroups;
import io.qdrant.client.grpc.Points.SearchPoints;
import io.qdrant.client.grpc.Points.SearchResponse;
import io.qdrant.client.grpc.Points.SetPayloadPoints;
import io.qdrant.client.grpc.Points.UpdateBatchPoints;
import io.qdrant.client.grpc.Points.UpdateBatchResponse;
import io.qdrant.client.grpc.Points.UpdatePointVectors;
import io.qdrant.client.grpc.Points.UpsertPoints;
import io.qdrant.client.grpc.PointsGrpc;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The service that reads, writes and ranks points.
final class PointCalls extends PointsGrpc.PointsImplBase {
    private static final String COLLECTION = "/collections/:name";
    private static final String POINTS = COLLECTION + "/points";

    private final Exchange exchange;

    PointCalls(Exchange exchange) {
        this.exchange = exchange;
    }

    @Override
    public void upsert(UpsertPoints request, StreamObserver<PointsOperationResponse> out) {
        exchange.answer(
                out,
                turn -> change(
                        turn.within(request.hasTimeout(), request.getTimeout()),
                        "PUT " + POINTS,
                        Map.of("name", request.getCollectionName()),
                        body -> PointTokens.upsert(body, request),
                        request.getWait()));
    }

    @Override
    public void delete(DeletePoints request, StreamObserver<PointsOperationResponse> out) {
        exchange.answer(
                out,
                turn -> change(
                        turn.within(request.hasTimeout(), request.getTimeout()),
                        "POST " + POINTS + "/delete",
                        Map.of("name", request.getCollectionName()),
                        body -> PointTokens.delete(body, request),
                        request.getWait()));
    }

    @Override
    public void updateVectors(UpdatePointVectors request, StreamObserver<PointsOperationResponse> out) {
        exchange.answer(
                out,
                turn -> change(
                        turn.within(request.hasTimeout(), request.getTimeout()),
                        "PUT " + POINTS + "/vectors",
                        Map.of("name", request.getCollectionName()),
                        body -> PointTokens.updateVectors(body, request),
                        request.getWait()));
    }

    @Override
    public void deleteVectors(DeletePointVectors request, StreamObserver<PointsOperationResponse> out) {
        exchange.answer(
                out,
                turn -> change(
                        turn.within(request.hasTimeout(), request.getTimeout()),
                        "POST " + POINTS + "/vectors/delete",
                        Map.of("name", request.getCollectionName()),
                        body -> PointTokens.deleteVectors(body, request),
                        request.getWait()));
    }

    @Override
    public void setPayload(SetPayloadPoints request, StreamObserver<PointsOperationResponse> out) {
        exchange.answer(
                out,
                turn -> change(
                        turn.within(request.hasTimeout(), request.getTimeout()),
                        "POST " + POINTS + "/payload",
                        Map.of("name", request.getCollectionName()),
                        body -> PointTokens.setPayload(body, request),
                        request.getWait()));
    }

    @Override
    public void overwritePayload(SetPayloadPoints request, StreamObserver<PointsOperationResponse> out) {
        exchange.answer(
                out,
                turn -> change(
                        turn.within(request.hasTimeout(), request.getTimeout()),
                        "PUT " + POINTS + "/payload",
                        Map.of("name", request.getCollectionName()),
                        body -> PointTokens.setPayload(body, request),
                        request.getWait()));
    }

    @Override
    public void deletePayload(DeletePayloadPoints request, StreamObserver<PointsOperationResponse> out) {
        exchange.answer(
                out,
                turn -> change(
                        turn.within(request.hasTimeout(), request.getTimeout()),
                        "POST " + POINTS + "/payload/delete",
                        Map.of("name", request.getCollectionName()),
                        body -> PointTokens.deletePayload(body, request),
                        request.getWait()));
    }

    @Override
    public void clearPayload(ClearPayloadPoints request, StreamObserver<PointsOperationResponse> out) {
        exchange.answer(
                out,
                turn -> change(
                        turn.within(request.hasTimeout(), request.getTimeout()),
                        "POST " + POINTS + "/payload/clear",
                        Map.of("name", request.getCollectionName()),
                        body -> PointTokens.clearPayload(body, request),
                        request.getWait()));
    }

    @Override
    public void updateBatch(UpdateBatchPoints request, StreamObserver<UpdateBatchResponse> out) {
        exchange.answer(
                out,
                turn -> UpdateBatchResponse.newBuilder()
                        .addAllResult(turn.within(request.hasTimeout(), request.getTimeout())
                                .ask(
                                        "POST " + POINTS + "/batch",
                                        Map.of("name", request.getCollectionName()),
                                        body -> PointTokens.batch(body, request.getOperationsList()),
                                        request.getWait(),
                                        in -> list(in, PointAnswers::update)))
                        .setTime(turn.seconds())
                        .build());
    }

    @Override
    public void createFieldIndex(CreateFieldIndexCollection request, StreamObserver<PointsOperationResponse> out) {
        exchange.answer(
                out,
                turn -> change(
                        turn.within(request.hasTimeout(), request.getTimeout()),
                        "PUT " + COLLECTION + "/index",
                        Map.of("name", request.getCollectionName()),
                        body -> IndexTokens.create(body, request),
                        request.getWait()));
    }

    @Override
    public void deleteFieldIndex(DeleteFieldIndexCollection request, StreamObserver<PointsOperationResponse> out) {
        exchange.answer(
                out,
                turn -> change(
                        turn.within(request.hasTimeout(), request.getTimeout()),
                        "DELETE " + COLLECTION + "/index/:field",
                        Map.of("name", request.getCollectionName(), "field", request.getFieldName()),
                        null,
                        request.getWait()));
    }

    @Override
    public void createVectorName(CreateVectorNameRequest request, StreamObserver<PointsOperationResponse> out) {
        exchange.answer(
                out,
                turn -> change(
                        turn.within(request.hasTimeout(), request.getTimeout()),
                        "PUT " + COLLECTION + "/vectors/:vector",
                        Map.of("name", request.getCollectionName(), "vector", request.getVectorName()),
                        body -> ConfigTokens.vectorName(body, request),
                        request.getWait()));
    }

    @Override
    public void deleteVectorName(DeleteVectorNameRequest request, StreamObserver<PointsOperationResponse> out) {
        exchange.answer(
                out,
                turn -> change(
                        turn.within(request.hasTimeout(), request.getTimeout()),
                        "DELETE " + COLLECTION + "/vectors/:vector",
                        Map.of("name", request.getCollectionName(), "vector", request.getVectorName()),
                        null,
                        request.getWait()));
    }

    @Override
    public void get(GetPoints request, StreamObserver<GetResponse> out) {
        exchange.answer(
                out,
                turn -> GetResponse.newBuilder()
                        .addAllResult(
                                reading(turn, request.hasTimeout(), request.getTimeout(), request.getReadConsistency())
                                        .ask(
                                                "POST " + POINTS,
                                                request.getCollectionName(),
                                                body -> PointTokens.get(body, request),
                                                in -> list(in, PointAnswers::retrieved)))
                        .setTime(turn.seconds())
                        .build());
    }

    @Override
    public void scroll(ScrollPoints request, StreamObserver<ScrollResponse> out) {
        exchange.answer(
                out,
                turn -> reading(turn, request.hasTimeout(), request.getTimeout(), request.getReadConsistency())
                        .ask(
                                "POST " + POINTS + "/scroll",
                                request.getCollectionName(),
                                body -> PointTokens.scroll(body, request),
                                PointAnswers::page)
                        .setTime(turn.seconds())
                        .build());
    }

    @Override
    public void count(CountPoints request, StreamObserver<CountResponse> out) {
        exchange.answer(
                out,
                turn -> CountResponse.newBuilder()
                        .setResult(CountResult.newBuilder()
                                .setCount(reading(
                                                turn,
                                                request.hasTimeout(),
                                                request.getTimeout(),
                                                request.getReadConsistency())
                                        .ask(
                                                "POST " + POINTS + "/count",
                                                request.getCollectionName(),
                                                body -> PointTokens.count(body, request),
                                                PointAnswers::count)))
                        .setTime(turn.seconds())
                        .build());
    }

    @Override
    public void facet(FacetCounts request, StreamObserver<FacetResponse> out) {
        exchange.answer(
                out,
                turn -> FacetResponse.newBuilder()
                        .addAllHits(
                                reading(turn, request.hasTimeout(), request.getTimeout(), request.getReadConsistency())
                                        .ask(
                                                "POST " + COLLECTION + "/facet",
                                                request.getCollectionName(),
                                                body -> PointTokens.facet(body, request),
                                                PointAnswers::facets))
                        .setTime(turn.seconds())
                        .build());
    }

    @Override
    public void searchMatrixPairs(SearchMatrixPoints request, StreamObserver<SearchMatrixPairsResponse> out) {
        exchange.answer(
                out,
                turn -> SearchMatrixPairsResponse.newBuilder()
                        .setResult(
                                reading(turn, request.hasTimeout(), request.getTimeout(), request.getReadConsistency())
                                        .ask(
                                                "POST " + POINTS + "/search/matrix/pairs",
                                                request.getCollectionName(),
                                                body -> PointTokens.matrix(body, request),
                                                PointAnswers::pairs))
                        .setTime(turn.seconds())
                        .build());
    }

    @Override
    public void searchMatrixOffsets(SearchMatrixPoints request, StreamObserver<SearchMatrixOffsetsResponse> out) {
        exchange.answer(
                out,
                turn -> SearchMatrixOffsetsResponse.newBuilder()
                        .setResult(
                                reading(turn, request.hasTimeout(), request.getTimeout(), request.getReadConsistency())
                                        .ask(
                                                "POST " + POINTS + "/search/matrix/offsets",
                                                request.getCollectionName(),
                                                body -> PointTokens.matrix(body, request),
                                                PointAnswers::offsets))
                        .setTime(turn.seconds())
                        .build());
    }

    @Override
    public void query(QueryPoints request, StreamObserver<QueryResponse> out) {
        exchange.answer(
                out,
                turn -> QueryResponse.newBuilder()
                        .addAllResult(found(
                                reading(turn, request.hasTimeout(), request.getTimeout(), request.getReadConsistency()),
                                request))
                        .setTime(turn.seconds())
                        .build());
    }

    @Override
    public void queryBatch(QueryBatchPoints request, StreamObserver<QueryBatchResponse> out) {
        exchange.answer(
                out,
                turn -> QueryBatchResponse.newBuilder()
                        .addAllResult(batch(
                                reading(turn, request.hasTimeout(), request.getTimeout(), request.getReadConsistency()),
                                request.getCollectionName(),
                                request.getQueryPointsList(),
                                Function.identity()))
                        .setTime(turn.seconds())
                        .build());
    }

    @Override
    public void queryGroups(QueryPointGroups request, StreamObserver<QueryGroupsResponse> out) {
        exchange.answer(
                out,
                turn -> QueryGroupsResponse.newBuilder()
                        .setResult(groups(
                                reading(turn, request.hasTimeout(), request.getTimeout(), request.getReadConsistency()),
                                request))
                        .setTime(turn.seconds())
                        .build());
    }

    @Override
    public void search(SearchPoints request, StreamObserver<SearchResponse> out) {
        exchange.answer(
                out,
                turn -> SearchResponse.newBuilder()
                        .addAllResult(found(
                                reading(turn, request.hasTimeout(), request.getTimeout(), request.getReadConsistency()),
                                OlderQueries.search(request)))
                        .setTime(turn.seconds())
                        .build());
    }

    @Override
    public void searchBatch(SearchBatchPoints request, StreamObserver<SearchBatchResponse> out) {
        exchange.answer(
                out,
                turn -> SearchBatchResponse.newBuilder()
                        .addAllResult(batch(
                                reading(turn, request.hasTimeout(), request.getTimeout(), request.getReadConsistency()),
                                request.getCollectionName(),
                                request.getSearchPointsList(),
                                OlderQueries::search))
                        .setTime(turn.seconds())
                        .build());
    }

    @Override
    public void searchGroups(SearchPointGroups request, StreamObserver<SearchGroupsResponse> out) {
        exchange.answer(
                out,
                turn -> SearchGroupsResponse.newBuilder()
                        .setResult(groups(
                                reading(turn, request.hasTimeout(), request.getTimeout(), request.getReadConsistency()),
                                OlderQueries.searchGroups(request)))
                        .setTime(turn.seconds())
                        .build());
    }

    @Override
    public void recommend(RecommendPoints request, StreamObserver<RecommendResponse> out) {
        exchange.answer(
                out,
                turn -> RecommendResponse.newBuilder()
                        .addAllResult(found(
                                reading(turn, request.hasTimeout(), request.getTimeout(), request.getReadConsistency()),
                                OlderQueries.recommend(request)))
                        .setTime(turn.seconds())
                        .build());
    }

    @Override
    public void recommendBatch(RecommendBatchPoints request, StreamObserver<RecommendBatchResponse> out) {
        exchange.answer(
                out,
                turn -> RecommendBatchResponse.newBuilder()
                        .addAllResult(batch(
                                reading(turn, request.hasTimeout(), request.getTimeout(), request.getReadConsistency()),
                                request.getCollectionName(),
                                request.getRecommendPointsList(),
                                OlderQueries::recommend))
                        .setTime(turn.seconds())
                        .build());
    }

    @Override
    public void recommendGroups(RecommendPointGroups request, StreamObserver<RecommendGroupsResponse> out) {
        exchange.answer(
                out,
                turn -> RecommendGroupsResponse.newBuilder()
                        .setResult(groups(
                                reading(turn, request.hasTimeout(), request.getTimeout(), request.getReadConsistency()),
                                OlderQueries.recommendGroups(request)))
                        .setTime(turn.seconds())
                        .build());
    }

    @Override
    public void discover(DiscoverPoints request, StreamObserver<DiscoverResponse> out) {
        exchange.answer(
                out,
                turn -> DiscoverResponse.newBuilder()
                        .addAllResult(found(
                                reading(turn, request.hasTimeout(), request.getTimeout(), request.getReadConsistency()),
                                OlderQueries.discover(request)))
                        .setTime(turn.seconds())
                        .build());
    }

    @Override
    public void discoverBatch(DiscoverBatchPoints request, StreamObserver<DiscoverBatchResponse> out) {
        exchange.answer(
                out,
                turn -> DiscoverBatchResponse.newBuilder()
                        .addAllResult(batch(
                                reading(turn, request.hasTimeout(), request.getTimeout(), request.getReadConsistency()),
                                request.getCollectionName(),
                                request.getDiscoverPointsList(),
                                OlderQueries::discover))
                        .setTime(turn.seconds())
                        .build());
    }

    private static List<ScoredPoint> found(Turn turn, QueryPoints query) throws IOException {
        return turn.ask(
                "POST " + POINTS + "/query",
                query.getCollectionName(),
                body -> QueryTokens.query(body, query),
                PointAnswers::found);
    }

    /// The collection is that of the batch, whatever a single one says.
    private static <Q> List<BatchResult> batch(
            Turn turn, String collection, List<Q> asked, Function<Q, QueryPoints> query) throws IOException {
        return turn.ask(
                "POST " + POINTS + "/query/batch",
                collection,
                body -> {
                    body.writeStartObject();
                    body.writeArrayFieldStart("searches");
                    for (Q each : asked) {
                        QueryTokens.query(body, query.apply(each));
                    }
                    body.writeEndArray();
                    body.writeEndObject();
                },
                in -> list(in, PointAnswers::foundOfBatch));
    }

    private static GroupsResult groups(Turn turn, QueryPointGroups query) throws IOException {
        return turn.ask(
                "POST " + POINTS + "/query/groups",
                query.getCollectionName(),
                body -> QueryTokens.groups(body, query),
                PointAnswers::groups);
    }

    private static PointsOperationResponse change(
            Turn turn, String route, Map<String, String> path, LocalCalls.@Nullable Body body, boolean waits)
            throws IOException {
        return PointsOperationResponse.newBuilder()
                .setResult(turn.ask(route, path, body, waits, PointAnswers::update))
                .setTime(turn.seconds())
                .build();
    }

    /// All reads are alike on one node; only a senseless consistency is refused.
    private static Turn reading(Turn turn, boolean hasTimeout, long timeout, ReadConsistency consistency) {
        if (consistency.hasFactor() && consistency.getFactor() == 0) {
            throw ValueTokens.malformed("a read consistency of 0 nodes; at least 1 is needed");
        }
        return turn.within(hasTimeout, timeout);
    }
}
