package dev.pagoda.vectors.grpc;

import static dev.pagoda.vectors.grpc.GrpcStore.get;
import static dev.pagoda.vectors.grpc.GrpcStore.refusal;
import static io.qdrant.client.ConditionFactory.matchKeyword;
import static io.qdrant.client.ExpressionFactory.condition;
import static io.qdrant.client.ExpressionFactory.constant;
import static io.qdrant.client.ExpressionFactory.mult;
import static io.qdrant.client.ExpressionFactory.sum;
import static io.qdrant.client.ExpressionFactory.variable;
import static io.qdrant.client.PointIdFactory.id;
import static io.qdrant.client.QueryFactory.context;
import static io.qdrant.client.QueryFactory.discover;
import static io.qdrant.client.QueryFactory.formula;
import static io.qdrant.client.QueryFactory.nearest;
import static io.qdrant.client.QueryFactory.orderBy;
import static io.qdrant.client.QueryFactory.recommend;
import static io.qdrant.client.QueryFactory.relevanceFeedback;
import static io.qdrant.client.QueryFactory.rrf;
import static io.qdrant.client.QueryFactory.sample;
import static io.qdrant.client.ValueFactory.value;
import static io.qdrant.client.VectorFactory.multiVector;
import static io.qdrant.client.VectorInputFactory.vectorInput;
import static io.qdrant.client.VectorsFactory.vectors;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.qdrant.client.QdrantClient;
import io.qdrant.client.WithPayloadSelectorFactory;
import io.qdrant.client.WithVectorsSelectorFactory;
import io.qdrant.client.grpc.Collections.Distance;
import io.qdrant.client.grpc.Collections.MultiVectorComparator;
import io.qdrant.client.grpc.Collections.MultiVectorConfig;
import io.qdrant.client.grpc.Collections.PayloadSchemaType;
import io.qdrant.client.grpc.Collections.VectorParams;
import io.qdrant.client.grpc.Common.Filter;
import io.qdrant.client.grpc.Points.ContextExamplePair;
import io.qdrant.client.grpc.Points.ContextInput;
import io.qdrant.client.grpc.Points.ContextInputPair;
import io.qdrant.client.grpc.Points.Direction;
import io.qdrant.client.grpc.Points.DiscoverInput;
import io.qdrant.client.grpc.Points.DiscoverPoints;
import io.qdrant.client.grpc.Points.FacetCounts;
import io.qdrant.client.grpc.Points.FeedbackItem;
import io.qdrant.client.grpc.Points.FeedbackStrategy;
import io.qdrant.client.grpc.Points.Formula;
import io.qdrant.client.grpc.Points.Mmr;
import io.qdrant.client.grpc.Points.MultExpression;
import io.qdrant.client.grpc.Points.NaiveFeedbackStrategy;
import io.qdrant.client.grpc.Points.OrderBy;
import io.qdrant.client.grpc.Points.PointGroup;
import io.qdrant.client.grpc.Points.PointStruct;
import io.qdrant.client.grpc.Points.PrefetchQuery;
import io.qdrant.client.grpc.Points.Query;
import io.qdrant.client.grpc.Points.QueryPointGroups;
import io.qdrant.client.grpc.Points.QueryPoints;
import io.qdrant.client.grpc.Points.RecommendInput;
import io.qdrant.client.grpc.Points.RecommendPointGroups;
import io.qdrant.client.grpc.Points.RecommendPoints;
import io.qdrant.client.grpc.Points.RecommendStrategy;
import io.qdrant.client.grpc.Points.RelevanceFeedbackInput;
import io.qdrant.client.grpc.Points.RetrievedPoint;
import io.qdrant.client.grpc.Points.Rrf;
import io.qdrant.client.grpc.Points.Sample;
import io.qdrant.client.grpc.Points.ScoredPoint;
import io.qdrant.client.grpc.Points.ScrollPoints;
import io.qdrant.client.grpc.Points.SearchMatrixOffsets;
import io.qdrant.client.grpc.Points.SearchMatrixPairs;
import io.qdrant.client.grpc.Points.SearchMatrixPoints;
import io.qdrant.client.grpc.Points.SearchPointGroups;
import io.qdrant.client.grpc.Points.StartFrom;
import io.qdrant.client.grpc.Points.SumExpression;
import io.qdrant.client.grpc.Points.TargetVector;
import io.qdrant.client.grpc.Points.VectorExample;
import io.qdrant.client.grpc.Points.WithLookup;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Every goal of a query through the stock Java client: points 1 to 6 at (1,0) to (6,0), compared by dot product.
class QueryCallsTest {
    private static final int POINTS = 6;

    private final GrpcStore store = new GrpcStore(Optional.empty());
    private final QdrantClient client = store.client(GrpcStore.ACME_KEY);

    @BeforeEach
    void makeTowns() {
        get(client.createCollectionAsync(
                "towns",
                VectorParams.newBuilder().setSize(2).setDistance(Distance.Dot).build()));
        List<PointStruct> points = new ArrayList<>();
        for (int i = 1; i <= POINTS; i++) {
            points.add(PointStruct.newBuilder()
                    .setId(id(i))
                    .setVectors(vectors(i, 0))
                    .putPayload("n", value(i))
                    .putPayload("kind", value(i % 2 == 0 ? "even" : "odd"))
                    .build());
        }
        get(client.upsertAsync("towns", points));
    }

    @AfterEach
    void stop() {
        client.close();
        store.close();
    }

    private List<ScoredPoint> ask(Query goal) {
        return get(client.queryAsync(QueryPoints.newBuilder()
                .setCollectionName("towns")
                .setQuery(goal)
                .setLimit(10)
                .build()));
    }

    private static List<Long> ids(List<ScoredPoint> found) {
        return found.stream().map(point -> point.getId().getNum()).toList();
    }

    @Test
    void recommendsByEachStrategy() {
        RecommendInput examples = RecommendInput.newBuilder()
                .addPositive(vectorInput(id(2)))
                .addNegative(vectorInput(id(1)))
                .build();
        List<ScoredPoint> average = ask(recommend(examples));
        assertEquals(List.of(6L, 5L, 4L, 3L), ids(average));
        assertEquals(18, average.getFirst().getScore(), 1e-5);
        List<ScoredPoint> sums = ask(recommend(
                examples.toBuilder().setStrategy(RecommendStrategy.SumScores).build()));
        assertEquals(List.of(6L, 5L, 4L, 3L), ids(sums));
        assertEquals(6, sums.getFirst().getScore(), 1e-5);
        List<ScoredPoint> best = ask(recommend(
                examples.toBuilder().setStrategy(RecommendStrategy.BestScore).build()));
        assertEquals(0.5 * (12.0 / 13.0 + 1), best.getFirst().getScore(), 1e-5);

        assertEquals(
                List.of(6L),
                ids(get(client.recommendAsync(RecommendPoints.newBuilder()
                        .setCollectionName("towns")
                        .addPositive(id(2))
                        .addNegative(id(1))
                        .setLimit(1)
                        .build()))));
        assertEquals(
                Status.Code.INVALID_ARGUMENT,
                refusal(client.recommendAsync(RecommendPoints.newBuilder()
                                .setCollectionName("towns")
                                .setLimit(1)
                                .build()))
                        .getCode());
    }

    @Test
    void discoversByTargetAndContext() {
        ContextInput pairs = ContextInput.newBuilder()
                .addPairs(ContextInputPair.newBuilder()
                        .setPositive(vectorInput(id(2)))
                        .setNegative(vectorInput(id(1))))
                .build();
        List<ScoredPoint> discovered = ask(discover(DiscoverInput.newBuilder()
                .setTarget(vectorInput(1, 0))
                .setContext(pairs)
                .build()));
        assertEquals(List.of(6L, 5L, 4L, 3L), ids(discovered));
        assertEquals(1 + 0.5 * (6.0 / 7.0 + 1), discovered.getFirst().getScore(), 1e-5);
        List<ScoredPoint> within = ask(context(pairs));
        assertEquals(4, within.size());
        assertEquals(0, within.getFirst().getScore(), 1e-5);

        DiscoverPoints older = DiscoverPoints.newBuilder()
                .setCollectionName("towns")
                .setTarget(TargetVector.newBuilder()
                        .setSingle(VectorExample.newBuilder().setId(id(3))))
                .addContext(ContextExamplePair.newBuilder()
                        .setPositive(VectorExample.newBuilder().setId(id(2)))
                        .setNegative(VectorExample.newBuilder().setId(id(1))))
                .setLimit(2)
                .build();
        assertEquals(List.of(6L, 5L), ids(get(client.discoverAsync(older))));
        assertEquals(
                2,
                get(client.discoverBatchAsync(
                                "towns", List.of(older.toBuilder().clearTarget().build()), null))
                        .getFirst()
                        .getResultCount());
    }

    @Test
    void ordersSamplesAndScoresByFormula() {
        get(client.createPayloadIndexAsync("towns", "n", PayloadSchemaType.Integer, null, true, null, null));
        List<ScoredPoint> ordered = ask(orderBy(OrderBy.newBuilder()
                .setKey("n")
                .setDirection(Direction.Desc)
                .setStartFrom(StartFrom.newBuilder().setInteger(4))
                .build()));
        assertEquals(List.of(4L, 3L, 2L, 1L), ids(ordered));
        assertEquals(POINTS, ask(sample(Sample.Random)).size());

        List<ScoredPoint> computed = get(client.queryAsync(QueryPoints.newBuilder()
                .setCollectionName("towns")
                .addPrefetch(PrefetchQuery.newBuilder().setQuery(nearest(1, 0)).setLimit(3))
                .setQuery(formula(Formula.newBuilder()
                        .setExpression(sum(SumExpression.newBuilder()
                                .addSum(variable("$score"))
                                .addSum(mult(MultExpression.newBuilder()
                                        .addMult(constant(10))
                                        .addMult(condition(matchKeyword("kind", "odd")))
                                        .build()))
                                .addSum(variable("bonus"))
                                .build()))
                        .putDefaults("bonus", value(0.5))
                        .build()))
                .setLimit(3)
                .build()));
        assertEquals(List.of(5L, 6L, 4L), ids(computed));
        assertEquals(15.5, computed.getFirst().getScore(), 1e-5);
    }

    @Test
    void fusesWithWeightsSpreadsAndLearns() {
        List<ScoredPoint> fused = get(client.queryAsync(QueryPoints.newBuilder()
                .setCollectionName("towns")
                .addPrefetch(PrefetchQuery.newBuilder().setQuery(nearest(1, 0)).setLimit(2))
                .addPrefetch(PrefetchQuery.newBuilder().setQuery(nearest(-1, 0)).setLimit(2))
                .setQuery(
                        rrf(Rrf.newBuilder().setK(2).addWeights(1).addWeights(3).build()))
                .setLimit(2)
                .build()));
        assertEquals(List.of(1L, 2L), ids(fused));
        List<ScoredPoint> spread = ask(nearest(
                vectorInput(1, 0),
                Mmr.newBuilder().setDiversity(0f).setCandidatesLimit(6).build()));
        assertEquals(6L, ids(spread).getFirst());
        List<ScoredPoint> learned = ask(relevanceFeedback(RelevanceFeedbackInput.newBuilder()
                .setTarget(vectorInput(1, 0))
                .addFeedback(
                        FeedbackItem.newBuilder().setExample(vectorInput(id(1))).setScore(0.9f))
                .addFeedback(
                        FeedbackItem.newBuilder().setExample(vectorInput(id(2))).setScore(0.1f))
                .setStrategy(FeedbackStrategy.newBuilder()
                        .setNaive(NaiveFeedbackStrategy.newBuilder()
                                .setA(1)
                                .setB(0)
                                .setC(0)))
                .build()));
        assertTrue(learned.size() >= 4, learned::toString);
    }

    @Test
    void groupsByAPayloadKey() {
        List<PointGroup> groups = get(client.queryGroupsAsync(QueryPointGroups.newBuilder()
                .setCollectionName("towns")
                .setQuery(nearest(1, 0))
                .setGroupBy("kind")
                .setGroupSize(2)
                .setLimit(5)
                .setWithPayload(WithPayloadSelectorFactory.enable(true))
                .build()));
        assertEquals(
                List.of("even", "odd"),
                groups.stream().map(group -> group.getId().getStringValue()).toList());
        assertEquals(List.of(6L, 4L), ids(groups.getFirst().getHitsList()));
        List<PointGroup> byNumber = get(client.searchGroupsAsync(SearchPointGroups.newBuilder()
                .setCollectionName("towns")
                .addAllVector(List.of(1f, 0f))
                .setGroupBy("n")
                .setGroupSize(1)
                .setLimit(2)
                .setWithLookup(WithLookup.newBuilder().setCollection("towns"))
                .build()));
        assertEquals(6L, byNumber.getFirst().getId().getUnsignedValue());
        assertEquals(id(6), byNumber.getFirst().getLookup().getId());
        assertEquals(
                2,
                get(client.recommendGroupsAsync(RecommendPointGroups.newBuilder()
                                .setCollectionName("towns")
                                .addPositive(id(1))
                                .setGroupBy("kind")
                                .setGroupSize(1)
                                .setLimit(3)
                                .build()))
                        .size());
    }

    @Test
    void tellsWhoIsNearToWhom() {
        SearchMatrixPoints asked = SearchMatrixPoints.newBuilder()
                .setCollectionName("towns")
                .setSample(10)
                .setLimit(2)
                .build();
        SearchMatrixPairs pairs = get(client.searchMatrixPairsAsync(asked));
        assertEquals(2 * POINTS, pairs.getPairsCount());
        assertTrue(pairs.getPairsList().stream().noneMatch(pair -> pair.getA().equals(pair.getB())));
        SearchMatrixOffsets offsets = get(client.searchMatrixOffsetsAsync(asked));
        assertEquals(POINTS, offsets.getIdsCount());
        assertEquals(2 * POINTS, offsets.getScoresCount());
    }

    @Test
    void countsTheValuesOfAKey() {
        get(client.createPayloadIndexAsync("towns", "kind", PayloadSchemaType.Keyword, null, true, null, null));
        var hits = get(client.facetAsync(FacetCounts.newBuilder()
                .setCollectionName("towns")
                .setKey("kind")
                .setFilter(Filter.newBuilder().addMustNot(matchKeyword("kind", "none")))
                .setExact(true)
                .build()));
        assertEquals(
                List.of("even", "odd"),
                hits.stream().map(hit -> hit.getValue().getStringValue()).toList());
        assertEquals(3, hits.getFirst().getCount());
    }

    @Test
    void scrollsInTheOrderOfAKey() {
        get(client.createPayloadIndexAsync("towns", "n", PayloadSchemaType.Integer, null, true, null, null));
        List<RetrievedPoint> page = get(client.scrollAsync(ScrollPoints.newBuilder()
                        .setCollectionName("towns")
                        .setLimit(2)
                        .setOrderBy(OrderBy.newBuilder().setKey("n").setDirection(Direction.Desc))
                        .build()))
                .getResultList();
        assertEquals(
                List.of(id(6), id(5)), page.stream().map(RetrievedPoint::getId).toList());
        assertEquals(6, page.getFirst().getOrderValue().getInt());
    }

    @Test
    void comparesMultivectors() {
        get(client.createCollectionAsync(
                "pages",
                VectorParams.newBuilder()
                        .setSize(2)
                        .setDistance(Distance.Dot)
                        .setMultivectorConfig(
                                MultiVectorConfig.newBuilder().setComparator(MultiVectorComparator.MaxSim))
                        .build()));
        get(client.upsertAsync(
                "pages",
                List.of(
                        PointStruct.newBuilder()
                                .setId(id(1))
                                .setVectors(vectors(multiVector(new float[][] {{1, 0}, {0, 1}})))
                                .build(),
                        PointStruct.newBuilder()
                                .setId(id(2))
                                .setVectors(vectors(multiVector(new float[][] {{3, 0}})))
                                .build())));
        List<ScoredPoint> found = get(client.queryAsync(QueryPoints.newBuilder()
                .setCollectionName("pages")
                .setQuery(nearest(new float[][] {{1, 0}, {0, 1}}))
                .setWithVectors(WithVectorsSelectorFactory.enable(true))
                .build()));
        assertEquals(List.of(2L, 1L), ids(found));
        assertEquals(3, found.getFirst().getScore());
        assertEquals(2, found.get(1).getScore());
        assertEquals(
                List.of(0f, 1f),
                found.get(1)
                        .getVectors()
                        .getVector()
                        .getMultiDense()
                        .getVectors(1)
                        .getDataList());
    }
}
