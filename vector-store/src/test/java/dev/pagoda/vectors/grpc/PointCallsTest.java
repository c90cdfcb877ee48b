package dev.pagoda.vectors.grpc;

import static dev.pagoda.vectors.grpc.GrpcStore.get;
import static dev.pagoda.vectors.grpc.GrpcStore.refusal;
import static io.qdrant.client.ConditionFactory.datetimeRange;
import static io.qdrant.client.ConditionFactory.filter;
import static io.qdrant.client.ConditionFactory.geoRadius;
import static io.qdrant.client.ConditionFactory.hasId;
import static io.qdrant.client.ConditionFactory.isEmpty;
import static io.qdrant.client.ConditionFactory.isNull;
import static io.qdrant.client.ConditionFactory.match;
import static io.qdrant.client.ConditionFactory.matchExceptKeywords;
import static io.qdrant.client.ConditionFactory.matchKeyword;
import static io.qdrant.client.ConditionFactory.matchKeywords;
import static io.qdrant.client.ConditionFactory.matchText;
import static io.qdrant.client.ConditionFactory.matchValues;
import static io.qdrant.client.ConditionFactory.nested;
import static io.qdrant.client.ConditionFactory.range;
import static io.qdrant.client.ConditionFactory.valuesCount;
import static io.qdrant.client.PointIdFactory.id;
import static io.qdrant.client.QueryFactory.fusion;
import static io.qdrant.client.QueryFactory.nearest;
import static io.qdrant.client.ValueFactory.list;
import static io.qdrant.client.ValueFactory.nullValue;
import static io.qdrant.client.ValueFactory.value;
import static io.qdrant.client.VectorFactory.vector;
import static io.qdrant.client.VectorsFactory.namedVectors;
import static io.qdrant.client.VectorsFactory.vectors;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Timestamp;
import io.grpc.Status;
import io.qdrant.client.QdrantClient;
import io.qdrant.client.WithPayloadSelectorFactory;
import io.qdrant.client.WithVectorsSelectorFactory;
import io.qdrant.client.grpc.Collections.CreateCollection;
import io.qdrant.client.grpc.Collections.Distance;
import io.qdrant.client.grpc.Collections.Modifier;
import io.qdrant.client.grpc.Collections.PayloadSchemaType;
import io.qdrant.client.grpc.Collections.SparseVectorConfig;
import io.qdrant.client.grpc.Collections.SparseVectorParams;
import io.qdrant.client.grpc.Collections.VectorParams;
import io.qdrant.client.grpc.Collections.VectorParamsMap;
import io.qdrant.client.grpc.Collections.VectorsConfig;
import io.qdrant.client.grpc.Common.Condition;
import io.qdrant.client.grpc.Common.DatetimeRange;
import io.qdrant.client.grpc.Common.Filter;
import io.qdrant.client.grpc.Common.PointId;
import io.qdrant.client.grpc.Common.Range;
import io.qdrant.client.grpc.Common.ValuesCount;
import io.qdrant.client.grpc.JsonWithInt.Struct;
import io.qdrant.client.grpc.JsonWithInt.Value;
import io.qdrant.client.grpc.Points.DeletePoints;
import io.qdrant.client.grpc.Points.Fusion;
import io.qdrant.client.grpc.Points.PointStruct;
import io.qdrant.client.grpc.Points.PointVectors;
import io.qdrant.client.grpc.Points.PointsIdsList;
import io.qdrant.client.grpc.Points.PointsSelector;
import io.qdrant.client.grpc.Points.PointsUpdateOperation;
import io.qdrant.client.grpc.Points.PrefetchQuery;
import io.qdrant.client.grpc.Points.QueryPoints;
import io.qdrant.client.grpc.Points.RetrievedPoint;
import io.qdrant.client.grpc.Points.ScoredPoint;
import io.qdrant.client.grpc.Points.ScrollPoints;
import io.qdrant.client.grpc.Points.ScrollResponse;
import io.qdrant.client.grpc.Points.SearchParams;
import io.qdrant.client.grpc.Points.SearchPoints;
import io.qdrant.client.grpc.Points.UpdateStatus;
import io.qdrant.client.grpc.Points.UpsertPoints;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Points through the stock Java client.
class PointCallsTest {
    private static final UUID NAMED = UUID.fromString("550e8400-e29b-41d4-a716-446655440000");

    private final GrpcStore store = new GrpcStore(Optional.empty());
    private final QdrantClient client = store.client(GrpcStore.ACME_KEY);

    @BeforeEach
    void makeTowns() {
        get(client.createCollectionAsync(
                "towns",
                VectorParams.newBuilder().setSize(2).setDistance(Distance.Dot).build()));
    }

    @AfterEach
    void stop() {
        client.close();
        store.close();
    }

    private void upsert(PointStruct... points) {
        var result = get(client.upsertAsync(UpsertPoints.newBuilder()
                .setCollectionName("towns")
                .setWait(true)
                .addAllPoints(List.of(points))
                .build()));
        assertEquals(UpdateStatus.Completed, result.getStatus());
        assertTrue(result.getOperationId() > 0);
    }

    private static PointStruct point(PointId id, float x, float y, Map<String, Value> payload) {
        return PointStruct.newBuilder()
                .setId(id)
                .setVectors(vectors(x, y))
                .putAllPayload(payload)
                .build();
    }

    private static Value object(Map<String, Value> fields) {
        return Value.newBuilder()
                .setStructValue(Struct.newBuilder().putAllFields(fields))
                .build();
    }

    private List<RetrievedPoint> retrieve(PointId id) {
        return get(client.retrieveAsync("towns", id, true, true, null));
    }

    @Test
    void keepsEveryKindOfIdAndPayload() {
        Map<String, Value> payload = Map.of(
                "text", value("Zürich 東京"),
                "whole", value(9_007_199_254_740_993L),
                "fraction", value(1.0),
                "flag", value(true),
                "nothing", nullValue(),
                "list", list(List.of(value(1L), value("two"), value(3.5))),
                "object", object(Map.of("inner", object(Map.of("deep", value(-1L))))));
        PointId largest = PointId.newBuilder().setNum(-1).build();
        upsert(point(id(1), 1, 2, payload), point(largest, 3, 4, Map.of()), point(id(NAMED), 5, 6, Map.of()));

        RetrievedPoint first = retrieve(id(1)).getFirst();
        assertEquals(payload, first.getPayloadMap());
        assertEquals(List.of(1f, 2f), first.getVectors().getVector().getDense().getDataList());
        assertEquals(List.of(1f, 2f), olderData(first));
        assertEquals(largest, retrieve(largest).getFirst().getId());
        assertEquals(id(NAMED), retrieve(id(NAMED)).getFirst().getId());
        assertEquals(List.of(), retrieve(id(7)));
        assertEquals(3, get(client.countAsync("towns")));
    }

    @SuppressWarnings("deprecation")
    private static List<Float> olderData(RetrievedPoint point) {
        return point.getVectors().getVector().getDataList();
    }

    @Test
    void acknowledgesWithoutWaiting() {
        var result = get(client.upsertAsync("towns", List.of(point(id(1), 1, 0, Map.of()))));
        assertEquals(UpdateStatus.Completed, result.getStatus());
        result = get(client.upsertAsync(UpsertPoints.newBuilder()
                .setCollectionName("towns")
                .addPoints(point(id(2), 1, 0, Map.of()))
                .build()));
        assertEquals(UpdateStatus.Acknowledged, result.getStatus());
        assertEquals(2, get(client.countAsync("towns")));
    }

    @Test
    void ranksByVectorAndById() {
        upsert(
                point(id(1), 1, 0, Map.of("city", value("Berlin"))),
                point(id(2), 2, 0, Map.of("city", value("Paris"))),
                point(id(3), 3, 0, Map.of("city", value("Rome"))));

        List<ScoredPoint> found = get(client.queryAsync(QueryPoints.newBuilder()
                .setCollectionName("towns")
                .setQuery(nearest(1, 0))
                .setFilter(without("Rome"))
                .setLimit(10)
                .setWithPayload(WithPayloadSelectorFactory.enable(true))
                .setParams(SearchParams.newBuilder().setExact(true))
                .build()));
        assertEquals(
                List.of(id(2), id(1)), found.stream().map(ScoredPoint::getId).toList());
        assertEquals(2f, found.getFirst().getScore());
        assertEquals(value("Paris"), found.getFirst().getPayloadMap().get("city"));
        assertFalse(found.getFirst().hasVectors());
        assertTrue(found.getFirst().getVersion() > 0);

        found = get(client.queryAsync(QueryPoints.newBuilder()
                .setCollectionName("towns")
                .setQuery(nearest(id(3)))
                .setScoreThreshold(4)
                .setWithVectors(WithVectorsSelectorFactory.enable(true))
                .build()));
        assertEquals(List.of(id(2)), found.stream().map(ScoredPoint::getId).toList());
        assertEquals(
                List.of(2f, 0f),
                found.getFirst().getVectors().getVector().getDense().getDataList());
        assertEquals(0, found.getFirst().getPayloadCount());

        var batch = get(client.queryBatchAsync(
                "towns",
                List.of(
                        QueryPoints.newBuilder()
                                .setQuery(nearest(1, 0))
                                .setLimit(1)
                                .build(),
                        QueryPoints.newBuilder()
                                .setQuery(nearest(-1, 0))
                                .setLimit(1)
                                .build())));
        assertEquals(id(3), batch.get(0).getResult(0).getId());
        assertEquals(id(1), batch.get(1).getResult(0).getId());
    }

    private static Filter without(String city) {
        return Filter.newBuilder().addMustNot(matchKeyword("city", city)).build();
    }

    @Test
    void answersTheCallsOfOlderClients() {
        upsert(point(id(1), 1, 0, Map.of()), point(id(2), 2, 0, Map.of()), point(id(3), 3, 0, Map.of()));
        SearchPoints search = SearchPoints.newBuilder()
                .setCollectionName("towns")
                .addAllVector(List.of(1f, 0f))
                .setLimit(1)
                .setOffset(1)
                .build();
        assertEquals(id(2), get(client.searchAsync(search)).getFirst().getId());
        assertEquals(
                id(2),
                get(client.searchBatchAsync("towns", List.of(search), null))
                        .getFirst()
                        .getResult(0)
                        .getId());
    }

    @Test
    void fusesDenseAndSparse() {
        get(client.createCollectionAsync(CreateCollection.newBuilder()
                .setCollectionName("mixed")
                .setVectorsConfig(VectorsConfig.newBuilder()
                        .setParamsMap(VectorParamsMap.newBuilder()
                                .putMap(
                                        "dense",
                                        VectorParams.newBuilder()
                                                .setSize(2)
                                                .setDistance(Distance.Cosine)
                                                .build())))
                .setSparseVectorsConfig(SparseVectorConfig.newBuilder()
                        .putMap(
                                "sparse",
                                SparseVectorParams.newBuilder()
                                        .setModifier(Modifier.Idf)
                                        .build()))
                .build()));
        List<PointStruct> points = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            points.add(PointStruct.newBuilder()
                    .setId(id(i))
                    .setVectors(
                            namedVectors(Map.of("dense", vector(1f, i), "sparse", vector(List.of(1f * i), List.of(7)))))
                    .build());
        }
        get(client.upsertAsync("mixed", points));

        RetrievedPoint stored =
                get(client.retrieveAsync("mixed", id(2), true, true, null)).getFirst();
        var sparse = stored.getVectors().getVectors().getVectorsOrThrow("sparse");
        assertEquals(List.of(7), sparse.getSparse().getIndicesList());
        assertEquals(List.of(2f), sparse.getSparse().getValuesList());

        List<PrefetchQuery> both = List.of(
                PrefetchQuery.newBuilder()
                        .setQuery(nearest(1, 0))
                        .setUsing("dense")
                        .build(),
                PrefetchQuery.newBuilder()
                        .setQuery(nearest(List.of(1f), List.of(7)))
                        .setUsing("sparse")
                        .build());
        List<ScoredPoint> found = get(client.queryAsync(QueryPoints.newBuilder()
                .setCollectionName("mixed")
                .addAllPrefetch(both)
                .setQuery(fusion(Fusion.RRF))
                .build()));
        assertEquals(3, found.size());
        assertEquals(0.5f + 0.25f, found.getFirst().getScore(), 1e-6);
        assertEquals(
                Status.Code.INVALID_ARGUMENT,
                refusal(client.queryAsync(QueryPoints.newBuilder()
                                .setCollectionName("mixed")
                                .setQuery(fusion(Fusion.DBSF))
                                .build()))
                        .getCode());
    }

    @Test
    void choosesPointsByEveryCondition() {
        upsert(
                point(
                        id(1),
                        0,
                        0,
                        Map.of(
                                "name", value("red fox"),
                                "n", value(1L),
                                "x", value(0.5),
                                "flag", value(true),
                                "at", value("2024-05-01T12:00:00Z"),
                                "tags", list(List.of(value("a"), value("b"))),
                                "place", object(Map.of("lon", value(13.4), "lat", value(52.5))),
                                "parts", list(List.of(object(Map.of("k", value("v"), "m", value(1L))))))),
                point(id(2), 0, 0, Map.of("name", value("blue jay"), "n", value(2L), "none", nullValue())),
                point(id(3), 0, 0, Map.of("n", value(3L))));
        assertChosen(List.of(1), matchKeyword("name", "red fox"));
        assertChosen(List.of(1, 2), matchKeywords("name", List.of("red fox", "blue jay")));
        assertChosen(List.of(2), matchExceptKeywords("name", List.of("red fox")));
        assertChosen(List.of(1), matchText("name", "fox"));
        assertChosen(List.of(2), match("n", 2));
        assertChosen(List.of(2, 3), matchValues("n", List.of(2L, 3L)));
        assertChosen(List.of(1), match("flag", true));
        assertChosen(List.of(2, 3), range("n", Range.newBuilder().setGt(1).build()));
        assertChosen(
                List.of(1), range("x", Range.newBuilder().setGte(0.5).setLt(0.6).build()));
        assertChosen(
                List.of(1),
                datetimeRange(
                        "at",
                        DatetimeRange.newBuilder()
                                .setGte(Timestamp.newBuilder().setSeconds(1_714_521_600))
                                .setLt(Timestamp.newBuilder().setSeconds(1_714_608_000))
                                .build()));
        assertChosen(
                List.of(1),
                valuesCount("tags", ValuesCount.newBuilder().setGte(2).build()));
        assertChosen(List.of(1), geoRadius("place", 52.5, 13.4, 1_000));
        assertChosen(List.of(3), isEmpty("name"));
        assertChosen(List.of(2), isNull("none"));
        assertChosen(List.of(1, 3), hasId(List.of(id(1), id(3))));
        assertChosen(List.of(1), nested("parts", match("m", 1)));
        assertChosen(
                List.of(2, 3),
                filter(Filter.newBuilder().addMustNot(match("n", 1)).build()));
        assertChosen(
                List.of(1, 2),
                filter(Filter.newBuilder()
                        .addShould(match("n", 1))
                        .addShould(match("n", 2))
                        .build()));
    }

    private void assertChosen(List<Integer> ids, Condition condition) {
        Filter filter = Filter.newBuilder().addMust(condition).build();
        assertEquals(
                ids,
                get(client.scrollAsync(ScrollPoints.newBuilder()
                                .setCollectionName("towns")
                                .setFilter(filter)
                                .build()))
                        .getResultList()
                        .stream()
                        .map(point -> (int) point.getId().getNum())
                        .toList(),
                condition::toString);
        assertEquals(ids.size(), get(client.countAsync("towns", filter, true)), condition::toString);
    }

    @Test
    void scrollsPageByPage() {
        for (int i = 1; i <= 5; i++) {
            upsert(point(id(i), i, i, Map.of("n", value(i))));
        }
        ScrollPoints.Builder asked =
                ScrollPoints.newBuilder().setCollectionName("towns").setLimit(2);
        List<Long> seen = new ArrayList<>();
        ScrollResponse page;
        do {
            page = get(client.scrollAsync(asked.build()));
            page.getResultList().forEach(point -> seen.add(point.getId().getNum()));
            assertTrue(page.getResultList().stream().allMatch(point -> point.getPayloadCount() == 1));
            asked.setOffset(page.getNextPageOffset());
        } while (page.hasNextPageOffset());
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L), seen);
    }

    @Test
    void editsPayloadsAndVectors() {
        upsert(point(id(1), 1, 0, Map.of("a", value(1L), "b", value(2L))));
        get(client.setPayloadAsync("towns", Map.of("c", value(3L)), id(1), true, null, null));
        assertEquals(
                Map.of("a", value(1L), "b", value(2L), "c", value(3L)),
                retrieve(id(1)).getFirst().getPayloadMap());
        get(client.deletePayloadAsync("towns", List.of("a"), id(1), true, null, null));
        get(client.updateVectorsAsync(
                "towns",
                List.of(PointVectors.newBuilder()
                        .setId(id(1))
                        .setVectors(vectors(7, 8))
                        .build())));
        RetrievedPoint edited = retrieve(id(1)).getFirst();
        assertEquals(Map.of("b", value(2L), "c", value(3L)), edited.getPayloadMap());
        assertEquals(List.of(7f, 8f), edited.getVectors().getVector().getDense().getDataList());
        get(client.overwritePayloadAsync("towns", Map.of("z", value("!")), id(1), true, null, null));
        assertEquals(Map.of("z", value("!")), retrieve(id(1)).getFirst().getPayloadMap());
        get(client.clearPayloadAsync("towns", id(1), true, null, null));
        assertEquals(Map.of(), retrieve(id(1)).getFirst().getPayloadMap());
        get(client.deleteAsync("towns", List.of(id(1))));
        assertEquals(0, get(client.countAsync("towns")));
    }

    @Test
    void appliesABatchWholeOrNotAtAll() {
        upsert(point(id(1), 1, 0, Map.of()));
        PointsUpdateOperation insert = PointsUpdateOperation.newBuilder()
                .setUpsert(PointsUpdateOperation.PointStructList.newBuilder().addPoints(point(id(2), 2, 0, Map.of())))
                .build();
        PointsUpdateOperation delete = PointsUpdateOperation.newBuilder()
                .setDeletePoints(PointsUpdateOperation.DeletePoints.newBuilder()
                        .setPoints(PointsSelector.newBuilder()
                                .setPoints(PointsIdsList.newBuilder().addIds(id(1)))))
                .build();
        assertEquals(
                2,
                get(client.batchUpdateAsync("towns", List.of(insert, delete))).size());
        assertEquals(List.of(), retrieve(id(1)));

        PointsUpdateOperation wrong = PointsUpdateOperation.newBuilder()
                .setUpsert(PointsUpdateOperation.PointStructList.newBuilder()
                        .addPoints(PointStruct.newBuilder().setId(id(4)).setVectors(vectors(1, 2, 3))))
                .build();
        PointsUpdateOperation right = PointsUpdateOperation.newBuilder()
                .setUpsert(PointsUpdateOperation.PointStructList.newBuilder().addPoints(point(id(3), 2, 0, Map.of())))
                .build();
        assertEquals(
                Status.Code.INVALID_ARGUMENT,
                refusal(client.batchUpdateAsync("towns", List.of(right, wrong))).getCode());
        assertEquals(List.of(), retrieve(id(3)));
    }

    @Test
    void indexesPayloadKeys() {
        get(client.createPayloadIndexAsync("towns", "n", PayloadSchemaType.Integer, null, true, null, null));
        assertEquals(
                PayloadSchemaType.Integer,
                get(client.getCollectionInfoAsync("towns"))
                        .getPayloadSchemaOrThrow("n")
                        .getDataType());
        get(client.deletePayloadIndexAsync("towns", "n", true, null, null));
        assertEquals(0, get(client.getCollectionInfoAsync("towns")).getPayloadSchemaCount());
    }

    @Test
    void refusesWithTheRightCodeAndWords() {
        Status dimensions = refusal(client.upsertAsync(
                "towns",
                List.of(PointStruct.newBuilder()
                        .setId(id(1))
                        .setVectors(vectors(1, 2, 3))
                        .build())));
        assertEquals(Status.Code.INVALID_ARGUMENT, dimensions.getCode());
        assertEquals("Wrong input: Vector dimension error: expected dim: 2, got 3", dimensions.getDescription());

        Status noCollection = refusal(client.countAsync("nowhere"));
        assertEquals(Status.Code.NOT_FOUND, noCollection.getCode());
        assertEquals("Not found: Collection `nowhere` doesn't exist!", noCollection.getDescription());

        assertEquals(
                Status.Code.NOT_FOUND,
                refusal(client.queryAsync(QueryPoints.newBuilder()
                                .setCollectionName("towns")
                                .setQuery(nearest(id(99)))
                                .build()))
                        .getCode());
        assertEquals(
                Status.Code.INVALID_ARGUMENT,
                refusal(client.queryAsync(QueryPoints.newBuilder()
                                .setCollectionName("towns")
                                .setQuery(nearest(1, 0))
                                .setLimit(0)
                                .build()))
                        .getCode());
        for (DeletePoints malformed : List.of(
                DeletePoints.newBuilder().setCollectionName("towns").build(),
                DeletePoints.newBuilder()
                        .setCollectionName("towns")
                        .setPoints(PointsSelector.newBuilder()
                                .setFilter(Filter.newBuilder().addMust(Condition.getDefaultInstance())))
                        .build(),
                DeletePoints.newBuilder()
                        .setCollectionName("towns")
                        .setPoints(PointsSelector.newBuilder()
                                .setPoints(PointsIdsList.newBuilder()
                                        .addIds(PointId.newBuilder().setUuid("17"))))
                        .build())) {
            assertEquals(
                    Status.Code.INVALID_ARGUMENT,
                    refusal(client.deleteAsync(malformed)).getCode(),
                    malformed::toString);
        }
        Status notANumber =
                refusal(client.upsertAsync("towns", List.of(point(id(1), 1, 0, Map.of("x", value(Double.NaN))))));
        assertEquals(Status.Code.INVALID_ARGUMENT, notANumber.getCode());
        Status nan = refusal(client.upsertAsync("towns", List.of(point(id(1), Float.NaN, 0, Map.of()))));
        assertEquals(Status.Code.INVALID_ARGUMENT, nan.getCode());
        assertEquals(0, get(client.countAsync("towns")));
    }
}
